import { spawn } from 'node:child_process';
import { endProcessGroup, type EndPolicy } from './end-process-group';
import { startGuardian } from './guardian';

export interface CommandOptions {
  environment: NodeJS.ProcessEnv;
  /** Default `/`. */
  directory?: string;
  /** Run as this user (only root can). */
  user?: { uid: number; gid: number } | null;
  /** The whole process group is ended after it. */
  timeoutMs: number;
  /** On abort the whole process group is ended. */
  signal?: AbortSignal;
}

export interface CommandResult {
  /** Null where the command was killed, aborted or ran out of time. */
  exitCode: number | null;
  /** Standard output and standard error in the order they came, the last 64 KiB. */
  output: string;
}

const keptCharacters = 64 * 1024;
const endPolicy: EndPolicy = { signal: 'SIGTERM', graceMs: 2_000 };

/** Runs a command that cannot outlive this process, and waits for it. Rejects only where it cannot be started. */
export async function runCommand(file: string, args: string[], options: CommandOptions): Promise<CommandResult> {
  const guardian = startGuardian();
  const child = spawn(file, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.directory ?? '/',
    env: options.environment,
    ...(options.user ? { uid: options.user.uid, gid: options.user.gid } : {}),
  });
  const watch = child.pid === undefined ? undefined : guardian.watch({ pid: child.pid, ...endPolicy });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-keptCharacters);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const end = (): void => {
    if (child.pid !== undefined) void endProcessGroup(child.pid, endPolicy).catch(() => undefined);
  };
  const timer = setTimeout(end, options.timeoutMs);
  if (options.signal?.aborted === true) end();
  options.signal?.addEventListener('abort', end);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { exitCode, output };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', end);
    watch?.release();
  }
}
