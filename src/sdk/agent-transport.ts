import type { RemoteWork } from '../contracts/ports/remote-agents';

export type AttemptReference = Pick<RemoteWork, 'workspace' | 'session' | 'task' | 'attempt' | 'token'>;

export type StoppedAttempt = AttemptReference & { reason: 'cancelled' | 'gone' };

export interface Claim {
  claimId: string;
  max: number;
  waitMs: number;
  repeated: boolean;
}

export interface Heartbeat {
  attempts: readonly (AttemptReference & { percent?: number; message?: string })[];
  waitMs: number;
}

export interface AskOptions {
  /** Nobody waits for the answer any more. */
  signal?: AbortSignal | undefined;
  /** Of the trace that the request is part of. */
  traceparent?: string | undefined;
}

/** How an agent talks to the API. Requests reject with an ApiError where they are refused, else with what the network says. */
export interface AgentTransport {
  claim(body: Claim, signal?: AbortSignal): Promise<{ work: RemoteWork[] }>;
  heartbeat(body: Heartbeat, signal: AbortSignal): Promise<{ stop: StoppedAttempt[] }>;
  /** `complete` or `fail`, as part of a trace where one is given. */
  settle(how: 'complete' | 'fail', body: AttemptReference, traceparent?: string): Promise<{ verdict: string }>;
  /** Whether a request costs so little that news are told at once. */
  readonly tellsAtOnce: boolean;
  /** There are no more requests. */
  close(): void;
}
