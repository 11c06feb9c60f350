import { once } from 'node:events';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { errorCode } from '../error-code';
import type { FunctionCall, FunctionResult, ThreadResult } from './function-result';

/** Calls functions apart from the event loop of this process. */
export interface FunctionThreads {
  /** Never rejects for what a function does. Settles once the thread that was stopped has ended. */
  call(call: FunctionCall, signal: AbortSignal): Promise<FunctionResult>;
  close(): Promise<void>;
}

export interface FunctionThreadsOptions {
  /** Calls at once; the others wait. */
  maxThreads: number;
  /** Of a thread's heap. */
  memoryMb: number;
  /** Of the threads: they see none of this process. */
  environment: Readonly<Record<string, string>>;
}

/** Threads that are started when the first function is called, and replaced where one has ended. */
export function createFunctionThreads({ maxThreads, memoryMb, environment }: FunctionThreadsOptions): FunctionThreads {
  let pool: Piscina<FunctionCall, ThreadResult> | undefined;

  function opened(): Piscina<FunctionCall, ThreadResult> {
    if (pool) return pool;
    pool = new Piscina<FunctionCall, ThreadResult>({
      filename: join(__dirname, 'thread-main.cjs'),
      // With none, calls that wait would get no thread in place of one that was ended.
      minThreads: 1,
      maxThreads,
      idleTimeout: 10_000,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
      env: { ...environment },
      execArgv: [],
      recordTiming: false,
    });
    // Of a thread that ended while nothing was called: what a function had left behind. The next call gets another one.
    pool.on('error', () => undefined);
    return pool;
  }

  return {
    call: async (call, signal) => {
      if (signal.aborted) return { kind: 'aborted' };
      const threads = opened();
      let before: readonly Worker[] = [];
      // Heard before the pool hears of it, and ends the thread of the call.
      const look = (): void => void (before = threads.threads);
      signal.addEventListener('abort', look, { once: true });
      try {
        return await threads.run(call, { signal });
      } catch (error) {
        if (!signal.aborted) return { kind: 'died', message: deathWords(error, memoryMb) };
        const left = new Set(threads.threads);
        await Promise.all(before.filter((thread) => !left.has(thread)).map(hasExited));
        return { kind: 'aborted' };
      } finally {
        signal.removeEventListener('abort', look);
      }
    },
    close: async () => {
      await pool?.destroy();
    },
  };
}

/** Threads that have ended have no id any more. */
async function hasExited(thread: Worker): Promise<void> {
  if (thread.threadId !== -1) await once(thread, 'exit');
}

function deathWords(error: unknown, memoryMb: number): string {
  if (errorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY') return `it used more than ${memoryMb} MB of memory`;
  // Not `instanceof Error`: it may come from another realm.
  const { message } = error as { message: string };
  const exit = /^worker exited with code: (\d+)$/.exec(message)?.[1];
  return exit === undefined ? `nobody caught its error: ${message}` : `it ended its thread with code ${exit}`;
}
