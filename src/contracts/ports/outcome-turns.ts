import type { NumberedTurn } from '../protocol/activities';
import type { Settlement } from './attempt-store';

/** Stores what an attempt came to together with the turn that takes it in, where a session waits for nothing else. */
export interface OutcomeTurns {
  /**
   * `runId`: the workflow run that waits for the attempt. Undefined where the session has to be asked first, or somebody else has taken the turn; then, and where it
   * throws, the attempt is still to be settled: what was stored all the same is not stored twice.
   */
  take(settlement: Settlement, runId: string): Promise<NumberedTurn | undefined>;
}
