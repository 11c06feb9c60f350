import type { AgentKey } from '../../domain/agents/agent';
import type { Verdict } from '../../domain/verdict';
import type { RunTaskInput } from '../protocol/activities';
import type { BegunAttempt } from './attempt-store';

/**
 * Attempts that wait for the agents that come for them, or are with them. An entry stays until its Temporal activity has been completed. Calls
 * that come together share a statement.
 */
export interface RemoteWorkStore {
  /** Repeating an offer gives it the token of the newer activity. */
  offer(attempt: RunTaskInput, taskToken: Uint8Array, timeoutMs: number): Promise<void>;
  /** Begins attempts that are offered to the agent, oldest first, `max` at most. */
  claim(agent: AgentKey, answer: ClaimAnswer, max: number): Promise<ClaimedAttempt[]>;
  /** What an earlier claim came to, as far as it has not ended since. From now on, it is with this answer. */
  claimed(agent: AgentKey, answer: ClaimAnswer): Promise<ClaimedAttempt[]>;
  /** The answer did not leave this process: offers what came with it once more, unless the agent has asked for it again since. */
  takeBack(agent: AgentKey, delivery: string): Promise<void>;
  /** Extends the leases that the agent holds, and reports progress; one answer an attempt, in order. */
  extend(agent: AgentKey, attempts: readonly HeldAttempt[]): Promise<HeldState[]>;
  /**
   * An attempt of the agent that it reports on, whatever its token is by now; undefined where there is none. It is a sign of life: the lease of that
   * token is extended once half of its time is used up.
   */
  find(agent: AgentKey, attempt: RunTaskInput): Promise<RemoteAttempt | undefined>;
  /** Ends the entry of an attempt that has been settled; says what it came to, and which activity waits for it. */
  finish(attempt: RunTaskInput): Promise<FinishedAttempt>;
}

export interface ClaimAnswer {
  /** Names the claim: it can be asked for again. */
  claimId: string;
  /** Names this answer to it, and no other. */
  delivery: string;
}

export interface ClaimedAttempt extends BegunAttempt {
  input: RunTaskInput;
  agentWorkspace: string;
  timeoutMs: number;
}

export interface HeldAttempt extends RunTaskInput {
  /** 0–100. */
  percent?: number | undefined;
  message?: string | undefined;
}

/** `gone`: it has ended, under whatever verdict, or was never the agent's. */
export type HeldState = 'held' | 'cancelled' | 'gone';

export interface RemoteAttempt extends BegunAttempt {
  agentWorkspace: string;
  /** Of the lease as it is now. */
  token: number;
  /** Milliseconds since 1970; null where nobody has claimed it. */
  begunAt: number | null;
  isReleased: boolean;
  outcome?: FinishedOutcome;
}

export interface FinishedAttempt {
  /** Absent where somebody else finished it. */
  taskToken?: Uint8Array;
  outcome?: FinishedOutcome;
}

export interface FinishedOutcome {
  verdict: Verdict;
  /** Given up because nothing was heard of it. */
  lost: boolean;
  retryable: boolean;
  retryAfterMs?: number;
}
