import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Json } from '../../src/domain/json';

export interface ProgramEnd {
  exitCode: number | null;
  /** The last JSON on stdout; undefined where there is none. */
  output: Json | undefined;
  /** Lines of type `progress`. */
  progress: { percent?: number; message?: string }[];
  stderr: string;
}

/** Runs a command agent as its connector would: the request as JSON on stdin, JSON and progress lines on stdout. */
export async function runProgram(
  argv: string[],
  cwd: string,
  request: Json,
  environment = process.env,
): Promise<ProgramEnd> {
  const [program = '', ...programArguments] = argv;
  const child = spawn(program, programArguments, { cwd, env: environment });
  child.stdin.on('error', () => undefined); // The program may end without having read.
  child.stdin.end(JSON.stringify(request));
  const exit = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  const documents = stdout
    .split('\n')
    .filter((line) => line.startsWith('{') || line.startsWith('['))
    .map((line) => JSON.parse(line) as Json);
  const isProgress = (document: Json): boolean =>
    typeof document === 'object' && document !== null && 'type' in document && document.type === 'progress';
  return {
    exitCode,
    output: documents.filter((document) => !isProgress(document)).at(-1),
    progress: documents.filter(isProgress) as ProgramEnd['progress'],
    stderr,
  };
}
