import type { AgentKey } from '../../domain/agents/agent';
import type { Json, JsonObject } from '../../domain/json';
import type { ReportedUsage } from '../../domain/usage/usage-reports';
import type { Verdict } from '../../domain/verdict';
import type { HeldAttempt, HeldState } from './remote-work-store';

/** What an agent that comes for its work asks for; it has been recognised before. */
export interface RemoteAgents {
  claim(agent: AgentKey, claim: WorkClaim): Promise<RemoteWork[]>;
  /** Offers what was answered under `delivery` once more: the answer did not reach anybody. What its agent has asked for again stays with it. */
  takeBack(agent: AgentKey, delivery: string): Promise<void>;
  /** Extends the leases of attempts, and reports progress; one answer an attempt, in order. */
  beat(agent: AgentKey, attempts: readonly HeldAttempt[]): Promise<HeldState[]>;
  /** Judges and settles an attempt. A repetition returns the same. Throws ATTEMPT_NOT_FOUND, and ATTEMPT_SUPERSEDED for one that was given up. */
  complete(agent: AgentKey, attempt: AttemptRef, result: CompletedWork): Promise<SettledWork>;
  /** The same for an attempt that did not succeed. */
  fail(agent: AgentKey, attempt: AttemptRef, failure: FailedWork): Promise<SettledWork>;
  /** Waits until Temporal has heard of what was settled. */
  close(): Promise<void>;
}

export interface WorkClaim {
  /** Made by the agent; a claim whose answer was lost is repeated with the same one. */
  claimId: string;
  /** Attempts at most. */
  max: number;
  /** The answer to the claim before was lost, perhaps. */
  repeated: boolean;
  /** Names the answer, and no other. */
  delivery: string;
}

/** An attempt as its agent is given it: the attempt message, the fencing token, its times, and its trace. */
export type RemoteWork = JsonObject & {
  workspace: string;
  session: string;
  task: string;
  attempt: number;
  token: number;
  /** The attempt is stopped after so long. */
  timeoutMs: number;
  /** Nothing heard for so long, and it counts as lost. */
  leaseMs: number;
  /** Where its session is traced: the agent goes on with it. */
  traceparent?: string;
};

export interface AttemptRef {
  workspace: string;
  session: string;
  /** With the index for an item of a fan-out: `each[3]`. */
  task: string;
  attempt: number;
  token: number;
}

export interface CompletedWork {
  output: Json;
  usage?: ReportedUsage | undefined;
}

export interface FailedWork {
  error: string;
  /** `handed_back`: the agent stops working, and the attempt shall be done elsewhere; it costs no try. */
  reason: 'failed' | 'rate_limited' | 'handed_back';
  retryable: boolean;
  retryAfterMs?: number | undefined;
  usage?: ReportedUsage | undefined;
}

export interface SettledWork {
  verdict: Verdict;
}
