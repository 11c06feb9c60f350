import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { endProcessGroup, type EndPolicy } from '../processes/end-process-group';
import { startGuardian } from '../processes/guardian';
import { readStartTime } from '../processes/read-process';

export interface ServerLaunch {
  /** For messages: `Temporal`, `PostgreSQL`. */
  name: string;
  file: string;
  args: string[];
  environment: NodeJS.ProcessEnv;
  user?: { uid: number; gid: number } | null;
  logFile: string;
  endPolicy: EndPolicy;
}

/** A server in a process group of its own, that the guardian ends when this process dies. */
export interface ServerProcess {
  readonly pid: number;
  readonly startTime: string;
  /** Settles, with the reason in words, when the process has ended. */
  readonly exited: Promise<string>;
  readonly hasExited: () => boolean;
  /** The last lines that this process wrote to its log. */
  logTail(): string;
  /** Ends it and waits until it is gone. */
  end(): Promise<void>;
}

const logLimitBytes = 20 * 1024 * 1024;

/** Starts the process; it need not answer yet. Rejects where the program cannot be run. */
export async function startServerProcess(launch: ServerLaunch): Promise<ServerProcess> {
  const guardian = startGuardian();
  const logStart = rotateLog(launch.logFile);
  // A file and not a pipe: the server must not block or die for a reader that is gone.
  const log = openSync(launch.logFile, 'a', 0o600);
  const child = spawn(launch.file, launch.args, {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    env: launch.environment,
    ...(launch.user ? { uid: launch.user.uid, gid: launch.user.gid } : {}),
  });
  closeSync(log);
  if (child.pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    throw error;
  }
  const { pid } = child;
  const watch = guardian.watch({ pid, ...launch.endPolicy });
  const startTime = readStartTime(pid) ?? '';
  let hasExited = false;
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      hasExited = true;
      watch.release();
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`);
    });
  });
  // The servers must not keep a program running that has nothing else to do: the guardian ends them.
  child.unref();
  return {
    pid,
    startTime,
    exited,
    hasExited: () => hasExited,
    logTail: () => readTail(launch.logFile, logStart),
    async end() {
      if (hasExited) return;
      // While we wait for its exit, the event loop must not run empty.
      child.ref();
      await endProcessGroup(pid, launch.endPolicy);
      await exited;
    },
  };
}

/** Waits until `check` holds. Rejects, once the process has ended, where it ends by itself, takes too long, or `signal` is aborted. */
export async function waitUntilReady(
  name: string,
  server: ServerProcess,
  options: { check: () => Promise<boolean>; timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  const deadline = performance.now() + options.timeoutMs;
  const fail = async (what: string): Promise<never> => {
    await server.end();
    throw new Error(`${name} ${what}. The end of its log:\n${server.logTail()}`);
  };
  while (!(await options.check().catch(() => false))) {
    if (server.hasExited()) await fail(`ended while it started (${await server.exited})`);
    if (options.signal.aborted) await fail('was stopped while it started');
    if (performance.now() > deadline) await fail(`does not answer after ${options.timeoutMs / 1000} s`);
    await wait(25);
  }
}

/** Puts a log that has grown too long aside; the size of the one that goes on. */
function rotateLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size < logLimitBytes) return size;
  renameSync(file, `${file}.1`);
  return 0;
}

function readTail(file: string, fromByte: number): string {
  const log = openSync(file, 'r');
  try {
    const size = statSync(file).size;
    const start = Math.max(fromByte, size - 4_096);
    const buffer = Buffer.alloc(Math.max(size - start, 0));
    readSync(log, buffer, 0, buffer.length, start);
    return buffer.toString('utf8').trim().split('\n').slice(-12).join('\n');
  } finally {
    closeSync(log);
  }
}
