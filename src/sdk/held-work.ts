import type { AgentTransport, AttemptReference } from './agent-transport';
import { pause } from './pause';
import { persist } from './persist';

/** News of so long are told together. */
const gatheringMs = 100;

export interface HeldEntry {
  reference: AttemptReference;
  leaseMs: number;
  progress: { percent?: number; message?: string };
  /** To be called when the progress is another. */
  onProgress: () => void;
  /** It was cancelled, or given up. */
  stop(reason: 'cancelled' | 'gone'): void;
}

/** Keeps the leases of what the agent does alive, and hears what is to stop. */
export class HeldWork {
  private readonly entries = new Map<string, HeldEntry>();
  private telling: NodeJS.Timeout | undefined;
  private waiting: AbortController | undefined;
  private beating: Promise<void> | undefined;

  constructor(
    private readonly api: AgentTransport,
    private readonly options: { signal: AbortSignal; onError: (error: unknown) => void },
  ) {}

  add(entries: readonly HeldEntry[]): void {
    for (const entry of entries) {
      this.entries.set(keyOf(entry.reference), entry);
      entry.onProgress = () => this.tell();
    }
    // The request that waits knows nothing of them: a cancel would not reach them.
    this.waiting?.abort();
    this.startBeating();
  }

  remove(entry: HeldEntry): void {
    this.entries.delete(keyOf(entry.reference));
    if (this.entries.size === 0) this.waiting?.abort();
  }

  /** Progress is told with the next heartbeat; where requests cost little, the next one is due at once. */
  private tell(): void {
    if (!this.api.tellsAtOnce) return;
    this.telling ??= setTimeout(() => {
      this.telling = undefined;
      this.waiting?.abort();
    }, gatheringMs);
    this.telling.unref();
  }

  private startBeating(): void {
    this.beating ??= this.beat().finally(() => {
      this.beating = undefined;
      // What came in the moment in which it ended, nobody else keeps.
      if (this.entries.size > 0 && !this.options.signal.aborted) this.startBeating();
    });
  }

  /** A request that waits holds the leases for a third of their time: twice in vain, and there is still time. */
  private async beat(): Promise<void> {
    while (this.entries.size > 0 && !this.options.signal.aborted) {
      const entries = [...this.entries.values()];
      const longestMs = Math.min(20_000, ...entries.map(({ leaseMs }) => leaseMs / 3));
      // Agents that were held up together do not come back together.
      const waitMs = Math.floor(longestMs * (0.8 + Math.random() / 5));
      const attempts = entries.map(({ reference, progress }) => ({ ...reference, ...progress }));
      const waiting = new AbortController();
      this.waiting = waiting;
      const signal = AbortSignal.any([waiting.signal, this.options.signal]);
      try {
        const { stop } = await persist(() => this.api.heartbeat({ attempts, waitMs }, signal), {
          ...this.options,
          signal,
        });
        for (const { reason, ...reference } of stop) this.entries.get(keyOf(reference))?.stop(reason);
        for (const { reason, ...reference } of stop) if (reason === 'gone') this.entries.delete(keyOf(reference));
        // What was cancelled is asked for no more than it takes to stop it.
        if (stop.some(({ reason }) => reason === 'cancelled')) await pauseUntil(Math.min(1_000, waitMs), signal);
      } catch (error) {
        if (waiting.signal.aborted) continue;
        this.options.onError(error);
        // Refused for good, as with a token that was revoked: asking without pause would not change that.
        await pauseUntil(waitMs, signal);
      }
    }
  }
}

function keyOf({ workspace, session, task, attempt }: AttemptReference): string {
  return `${workspace}/${session}/${task}/${attempt}`;
}

/** For so long, or until there is something else to do. */
function pauseUntil(ms: number, signal: AbortSignal): Promise<void> {
  return pause(ms, signal).catch(() => undefined);
}
