import type { Feedback } from '../../domain/learning/feedback';

/** The attempt that feedback is about. */
export interface AttemptKey {
  workspace: string;
  session: string;
  run: string;
  /** The latest where it is absent. */
  attempt?: number;
}

export interface FeedbackStore {
  /** Keeps what somebody says, and has the agent learnt anew. Resolves with the attempt. Throws ATTEMPT_NOT_FOUND. */
  add(attempt: AttemptKey, feedback: Feedback): Promise<{ run: string; attempt: number; agent: string }>;
}
