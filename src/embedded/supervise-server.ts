import { setTimeout as wait } from 'node:timers/promises';
import type { ServerProcess } from './server-process';

export interface Supervision {
  /** For messages: `Temporal`, `PostgreSQL`. */
  name: string;
  /** Starts the server, on the same ports and data every time, and settles when it answers. On abort it ends what it started and rejects. */
  launch(signal: AbortSignal): Promise<ServerProcess>;
  onProgress(message: string): void;
  /** Called once, when the server could not be kept running; supervision has ended. */
  onGivenUp(reason: Error): void;
  /** How long to wait before the attempt of this number (0, 1, …). Default 0, then 100 ms, doubled each time up to 5 s. */
  pauseMs?(attempt: number): number;
}

export interface SupervisedServer {
  current(): ServerProcess;
  /** Ends supervision, then the server, and waits until it is gone. */
  stop(): Promise<void>;
}

/** A server that lived for so long was well: its next crash is not counted together with earlier ones. */
const healthyAfterMs = 5_000;
const attemptsInARow = 12;

function growingPauseMs(attempt: number): number {
  return attempt === 0 ? 0 : Math.min(50 * 2 ** attempt, 5_000);
}

/** Starts a server again whenever it ends by itself: at once, then with growing pauses, 12 times in a row at most. */
export function superviseServer(first: ServerProcess, supervision: Supervision): SupervisedServer {
  const { name, onProgress } = supervision;
  const stopping = new AbortController();
  let current = first;
  const watching = watch();

  async function watch(): Promise<void> {
    let startedAt = performance.now();
    let attempt = 0;
    while (!stopping.signal.aborted) {
      const reason = await current.exited;
      if (stopping.signal.aborted) return;
      if (performance.now() - startedAt > healthyAfterMs) attempt = 0;
      onProgress(`${name} ended unexpectedly (${reason}); starting it again.`);
      const next = await restart();
      if (next === null) return;
      startedAt = performance.now();
      current = next;
      onProgress(`${name} is running again.`);
    }

    async function restart(): Promise<ServerProcess | null> {
      let failure = new Error(`${name} ended ${attemptsInARow} times in a row`);
      while (attempt < attemptsInARow && !stopping.signal.aborted) {
        const pauseMs = (supervision.pauseMs ?? growingPauseMs)(attempt);
        attempt += 1;
        try {
          await wait(pauseMs, undefined, { signal: stopping.signal });
          return await supervision.launch(stopping.signal);
        } catch (error) {
          failure = error as Error;
        }
      }
      if (!stopping.signal.aborted) supervision.onGivenUp(failure);
      return null;
    }
  }

  return {
    current: () => current,
    async stop() {
      stopping.abort();
      await current.end();
      await watching;
      // The restart may have won the race against the stop.
      await current.end();
    },
  };
}
