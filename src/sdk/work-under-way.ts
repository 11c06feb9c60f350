import type { AttemptReference } from './agent-transport';
import type { AgentWork, WorkContext } from './agent-work';
import type { HeldEntry } from './held-work';
import { inTrace } from './in-trace';
import { WorkFailure } from './work-failure';

/** What is said of work that somebody else is to do. */
export const handedBack = { reason: 'handed_back', error: 'The agent was stopped before it had finished.' };

const longestMessage = 500;

/** What is said of an attempt when it is over. */
export interface WorkEnd {
  how: 'complete' | 'fail';
  body: object;
}

/** One piece of work that the agent is at. */
export class WorkUnderWay implements HeldEntry {
  readonly reference: AttemptReference;
  readonly leaseMs: number;
  readonly progress: { percent?: number; message?: string } = {};
  onProgress: () => void = () => undefined;
  /** Of the trace that what is said of it is part of. */
  traceparent: string | undefined;
  /** Resolves where there is nothing more to wait for: it was handed back, or is somebody else's. */
  readonly gone: Promise<WorkEnd | undefined>;
  private readonly controller = new AbortController();
  private leave: (end: WorkEnd | undefined) => void = () => undefined;
  private usage: object | undefined;

  constructor(private readonly work: AgentWork) {
    const { workspace, session, task, attempt, token, leaseMs, traceparent } = work;
    this.reference = { workspace, session, task, attempt, token };
    this.leaseMs = leaseMs;
    this.traceparent = traceparent;
    this.gone = new Promise((resolve) => (this.leave = resolve));
  }

  async run(run: (work: AgentWork, context: WorkContext) => unknown): Promise<WorkEnd> {
    const context: WorkContext = {
      signal: this.controller.signal,
      progress: (update) => {
        Object.assign(this.progress, tellable(update));
        this.onProgress();
      },
      used: (usage) => (this.usage = { ...this.usage, ...usage }),
    };
    // By the server's clock the time is up a little earlier.
    const timer = setTimeout(() => this.controller.abort('timed-out'), Math.min(this.work.timeoutMs, 2 ** 31 - 1));
    try {
      const output = await inTrace(this.work, (work) => {
        this.traceparent = work.traceparent;
        return run(work, context);
      });
      return { how: 'complete', body: { output: output ?? null, ...this.used() } };
    } catch (error) {
      return { how: 'fail', body: { ...failureOf(error), ...this.used() } };
    } finally {
      clearTimeout(timer);
    }
  }

  stop(reason: 'cancelled' | 'gone'): void {
    this.controller.abort(reason);
    if (reason === 'gone') this.leave(undefined);
  }

  handBack(): void {
    this.controller.abort('handed-back');
    this.leave({ how: 'fail', body: { ...handedBack, ...this.used() } });
  }

  private used(): object {
    return this.usage === undefined ? {} : { usage: this.usage };
  }
}

/** As the API takes it: what it refuses of one attempt, it refuses of all that share the heartbeat, and none of them is kept. */
function tellable({ percent, message }: HeldEntry['progress']): HeldEntry['progress'] {
  return {
    ...(Number.isFinite(percent) && { percent: Math.min(100, Math.max(0, percent ?? 0)) }),
    ...(message !== undefined && { message: String(message).slice(0, longestMessage) }),
  };
}

function failureOf(error: unknown): object {
  const message = (error instanceof Error ? error.message : String(error)) || 'The agent failed without a word.';
  const { retryable, retryAfterMs, rateLimited } = error instanceof WorkFailure ? error.advice : {};
  return {
    error: message.slice(0, 10_000),
    ...(rateLimited && { reason: 'rate_limited' }),
    ...(retryable !== undefined && { retryable }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}
