import type { Verdict } from '../../domain/verdict';

/** What the backstop looks for: news that their sessions have not taken in. */
export interface BackstopStore {
  /** Outcomes settled longer ago than `olderThanMs` that no turn has accepted. */
  unacceptedOutcomes(olderThanMs: number, limit: number): Promise<UnacceptedOutcome[]>;
  /** What was settled for the attempt. */
  outcomeOf(workspace: string, session: string, run: string, attempt: number): Promise<UnacceptedOutcome | undefined>;
  /** Attempts whose lease ran out though it could have been extended, and those that wait for a host which is gone. */
  expiredLeases(limit: number): Promise<ExpiredLease[]>;
  /** Some of the open sessions that have not moved for so long. */
  quietSessions(olderThanMs: number, limit: number): Promise<{ workspace: string; session: string }[]>;
  /** Open child sessions whose parent has ended. */
  orphans(limit: number): Promise<{ workspace: string; session: string }[]>;
  /** Gives up on outcomes and on silent attempts whose session has closed. */
  markUndeliverable(workspace: string, session: string): Promise<void>;
  /** Forgets what was started in windows that ended long ago. */
  deletePastWindows(): Promise<void>;
  /** Ends a session in the read model whose workflow is gone, and tells its parent; releases its leases. */
  abandonSession(workspace: string, session: string, error: string): Promise<void>;
}

export interface UnacceptedOutcome {
  workspace: string;
  session: string;
  run: string;
  attempt: number;
  verdict: Verdict;
  lost: boolean;
  retryable: boolean;
  retryAfterMs: number | null;
}

export interface ExpiredLease {
  workspace: string;
  session: string;
  run: string;
  attempt: number;
}
