import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { settledWithin } from '../wait';
import type { ProcessGroups } from './process-groups';

export interface ProcessRun {
  program: string;
  arguments: string[];
  cwd: string;
  environment: Record<string, string>;
  /** Undefined: no stdin. */
  stdin: string | undefined;
  /** Returns false to have the process ended, because it has written too much. */
  onStdout: (chunk: Buffer) => boolean;
  onStderr: (chunk: Buffer) => void;
  signal: AbortSignal;
  processGroups: ProcessGroups;
  /** Between SIGTERM and SIGKILL. */
  graceMs: number;
  /** How long descendants may hold stdout open after the process has ended. */
  drainMs: number;
}

export type ProcessEnd =
  | { kind: 'not-started'; error: unknown }
  | { kind: 'exited'; exitCode: number }
  | { kind: 'killed'; signal: string }
  /** Ended by us. */
  | { kind: 'interrupted'; by: InterruptionCause };

/**
 * Runs a program without a shell, as the leader of a process group of its own. Resolves once the whole group is gone and its pipes
 * are read or closed: a descendant that outlives the leader is ended after `drainMs`, and one that has left the group loses its pipes.
 */
export async function runProcess(run: ProcessRun): Promise<ProcessEnd> {
  const { processGroups, graceMs, drainMs } = run;
  const subprocess = start(run);
  if (subprocess instanceof Error) return { kind: 'not-started', error: subprocess };
  const { pid } = subprocess;
  if (pid === undefined) return { kind: 'not-started', error: await subprocess };

  const watched = processGroups.watch(pid);
  const interruption = observeInterruption(run, subprocess);
  const exited = new Promise<ProcessEnd>((resolve) => {
    subprocess.once('exit', (exitCode, signal) =>
      resolve(signal === null ? { kind: 'exited', exitCode: exitCode ?? -1 } : { kind: 'killed', signal }),
    );
  });

  await Promise.race([exited, interruption.happened]);
  if (interruption.cause() === undefined) {
    await settledWithin(Promise.race([subprocess, interruption.happened]), drainMs);
  }
  // From here on the program has ended by itself, or is being ended: a later abort changes nothing.
  interruption.ignoreAbort();
  await processGroups.end(pid, graceMs);
  // What the group wrote last may still be in the pipes.
  await settledWithin(subprocess, drainMs);
  subprocess.stdout.destroy();
  subprocess.stderr.destroy();
  await subprocess;
  // Not in a `finally`: a group that could not be ended stays with the watchdog.
  watched.release();

  const by = interruption.cause();
  return by === undefined ? exited : { kind: 'interrupted', by };
}

function start(run: ProcessRun) {
  try {
    const subprocess = execa(run.program, run.arguments, {
      cwd: run.cwd,
      env: run.environment,
      extendEnv: false,
      detached: true,
      // Ending the group is the guardian's: execa would only reach the leader.
      cleanup: false,
      buffer: false,
      encoding: 'buffer',
      reject: false,
      stdin: run.stdin === undefined ? 'ignore' : 'pipe',
    });
    // A program that does not read its stdin closes it: EPIPE is no failure.
    subprocess.stdin?.on('error', () => undefined);
    subprocess.stdin?.end(run.stdin);
    return subprocess;
  } catch (error) {
    // execa throws for arguments that no system takes, such as a null byte.
    return new Error('The program could not be started', { cause: error });
  }
}

type InterruptionCause = 'abort' | 'output-size';

interface Interruption {
  happened: Promise<void>;
  cause: () => InterruptionCause | undefined;
  ignoreAbort: () => void;
}

function observeInterruption(
  run: ProcessRun,
  { stdout, stderr }: { stdout: Readable; stderr: Readable },
): Interruption {
  let cause: InterruptionCause | undefined;
  const interrupted = new AbortController();
  const interrupt = (newCause: InterruptionCause): void => {
    cause ??= newCause;
    interrupted.abort();
  };
  const abort = (): void => interrupt('abort');
  run.signal.addEventListener('abort', abort);
  stdout.on('data', (chunk: Buffer) => {
    if (run.onStdout(chunk)) return;
    interrupt('output-size');
    // A program that ignores SIGTERM could go on writing: it gets SIGPIPE instead of our memory.
    stdout.destroy();
  });
  stderr.on('data', run.onStderr);
  return {
    happened: new Promise((resolve) => interrupted.signal.addEventListener('abort', () => resolve())),
    cause: () => cause,
    ignoreAbort: () => run.signal.removeEventListener('abort', abort),
  };
}
