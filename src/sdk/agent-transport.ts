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

/** How an agent talks to the API. Requests reject with an ApiError where they are refused, else with what the network says. */
export interface AgentTransport {
  claim(body: Claim, signal?: AbortSignal): Promise<{ work: RemoteWork[] }>;
  heartbeat(body: Heartbeat, signal: AbortSignal): Promise<{ stop: StoppedAttempt[] }>;
  /** `complete` or `fail`. */
  settle(how: 'complete' | 'fail', body: AttemptReference): Promise<{ verdict: string }>;
  /** Whether a request costs so little that news are told at once. */
  readonly tellsAtOnce: boolean;
  /** There are no more requests. */
  close(): void;
}
