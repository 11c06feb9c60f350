import { randomUUID } from 'node:crypto';
import { AgentApi } from './agent-api';
import type { ApiAddress } from './agent-api';
import type { AgentTransport, AttemptReference } from './agent-transport';
import type { AgentWork, WorkContext } from './agent-work';
import { ApiError } from './api-error';
import type { DefinedAgent } from './define-agent';
import { HeldWork } from './held-work';
import { orAborted } from './or-aborted';
import { persist } from './persist';
import { SocketTransport } from './socket/socket-transport';
import { WorkUnderWay, handedBack } from './work-under-way';

export interface ServeAgentOptions extends ApiAddress {
  /** Attempts at once. Default 1. The registry's `maxConcurrent` bounds all programs of the agent together. */
  concurrency?: number;
  /** `websocket`: everything over one connection, and progress at once; `polling` (the default), also where no socket can be had: requests that wait. */
  transport?: 'polling' | 'websocket';
  /** Does the work and resolves with its output, which must be JSON. Throws a WorkFailure, or anything else, where it fails. */
  run(work: AgentWork, context: WorkContext): unknown;
  /** Told of what passes by itself, e.g. that the API is away. */
  onError?(error: unknown): void;
}

export interface ServedAgent {
  /** Resolves once it has stopped; rejects where the API refuses it, e.g. for a token that was revoked. */
  ended: Promise<void>;
  /**
   * Takes no new work, waits for what is under way for so long (default 10 s), and hands the rest back, at no cost of a try. Where the API does not
   * hear of it within 3 s, it is left to find out by itself.
   */
  stop(options?: { drainMs?: number }): Promise<void>;
}

/** So long somebody who stops tries to say what became of its work. */
const lastWordsMs = 3_000;

/** The longest that a claim waits for work. */
const claimWaitMs = 50_000;

export interface ServeDefinedAgentOptions extends Omit<ServeAgentOptions, 'run' | 'agent'> {
  /** Name of the agent. Default: that of its definition. */
  agent?: string;
}

/** Does the work of an agent in this process, until it is stopped. Needs no open port. */
export function serveAgent(options: ServeAgentOptions): ServedAgent;
export function serveAgent(
  agent: Pick<DefinedAgent, 'definition' | 'run'>,
  options: ServeDefinedAgentOptions,
): ServedAgent;
export function serveAgent(
  first: ServeAgentOptions | Pick<DefinedAgent, 'definition' | 'run'>,
  options?: ServeDefinedAgentOptions,
): ServedAgent {
  if (!('definition' in first)) return new AgentServer(first).serve();
  const { definition, run } = first;
  const { url, token, ...others } = options ?? ({} as ServeDefinedAgentOptions);
  return new AgentServer({
    agent: definition.name,
    concurrency: definition.maxConcurrent ?? 1,
    url,
    token,
    ...others,
    run,
  }).serve();
}

class AgentServer {
  private readonly api: AgentTransport;
  private readonly stopping = new AbortController();
  private readonly finished = new AbortController();
  private readonly held: HeldWork;
  private readonly underWay = new Map<Promise<void>, () => void>();
  private readonly onError: (error: unknown) => void;
  private madeRoom: (() => void) | undefined;

  constructor(private readonly options: ServeAgentOptions) {
    this.onError = (error) => options.onError?.(error);
    const polling = new AgentApi(options);
    this.api = options.transport === 'websocket' ? new SocketTransport(options, polling, this.onError) : polling;
    this.held = new HeldWork(this.api, { signal: this.finished.signal, onError: this.onError });
  }

  serve(): ServedAgent {
    const ended = this.takeWork().finally(() => {
      this.finished.abort();
      this.api.close();
    });
    // Whoever asks for it hears of it; nobody has to.
    ended.catch(() => undefined);
    return {
      ended,
      stop: async ({ drainMs = 10_000 } = {}) => {
        this.stopping.abort();
        const timers = [
          setTimeout(() => this.underWay.forEach((handBack) => handBack()), drainMs),
          setTimeout(() => this.finished.abort(), drainMs + lastWordsMs),
        ];
        await ended.catch(() => undefined);
        for (const timer of timers) clearTimeout(timer);
      },
    };
  }

  private async takeWork(): Promise<void> {
    try {
      while (!this.stopping.signal.aborted) {
        const max = (this.options.concurrency ?? 1) - this.underWay.size;
        if (max > 0) await this.claim(max);
        else await new Promise<void>((resolve) => (this.madeRoom = resolve));
      }
    } finally {
      await Promise.all(this.underWay.keys());
    }
  }

  private async claim(max: number): Promise<void> {
    const claimId = randomUUID();
    const { signal } = this.stopping;
    const claim = (repeated: boolean) => this.api.claim({ claimId, max, waitMs: claimWaitMs, repeated }, signal);
    try {
      const { work } = await persist(claim, { signal, onError: this.onError });
      this.start(work.map((one) => one as unknown as AgentWork));
    } catch (error) {
      if (!signal.aborted) throw error;
      // The answer may have been on its way.
      const repeated = this.api.claim({ claimId, max: 0, waitMs: 0, repeated: true });
      const { work } = await orAborted(repeated, this.finished.signal).catch(() => ({ work: [] }));
      await Promise.all(work.map((one) => this.settle('fail', one, handedBack, one.traceparent)));
    }
  }

  private start(works: readonly AgentWork[]): void {
    const started = works.map((work) => new WorkUnderWay(work));
    this.held.add(started);
    for (const one of started) {
      const done = this.run(one).finally(() => {
        this.underWay.delete(done);
        this.held.remove(one);
        this.madeRoom?.();
      });
      this.underWay.set(done, () => one.handBack());
    }
    if (this.stopping.signal.aborted) this.madeRoom?.();
  }

  private async run(one: WorkUnderWay): Promise<void> {
    const end = await Promise.race([one.run(this.options.run), one.gone]);
    if (end) await this.settle(end.how, one.reference, end.body, one.traceparent);
  }

  /** What was given up meanwhile is nobody's business any more. */
  private async settle(
    how: 'complete' | 'fail',
    work: AttemptReference,
    body: object,
    traceparent?: string,
  ): Promise<void> {
    const { workspace, session, task, attempt, token } = work;
    const reference = { workspace, session, task, attempt, token };
    try {
      const { signal } = this.finished;
      const settle = () => orAborted(this.api.settle(how, { ...reference, ...body }, traceparent), signal);
      await persist(settle, { signal, onError: this.onError });
    } catch (error) {
      const isGivenUp = error instanceof ApiError && (error.status === 404 || error.status === 409);
      if (isGivenUp) return;
      this.onError(error);
      // A result that the API cannot take is a failure, said in its own words.
      if (how === 'complete' && error instanceof ApiError) {
        await this.settle('fail', reference, { error: error.message, retryable: false }, traceparent);
      }
    }
  }
}
