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
  /**
   * Keeps what somebody says, and has the agent learnt anew. `seed`: of the request; what the same one has said is kept. Resolves with the attempt. Throws
   * ATTEMPT_NOT_FOUND.
   */
  add(attempt: AttemptKey, feedback: Feedback, seed?: string): Promise<JudgedAttempt>;
}

export interface JudgedAttempt {
  run: string;
  attempt: number;
  agent: string;
}
