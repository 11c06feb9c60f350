import type { RunTaskInput } from '../protocol/activities';

/** What Temporal knows of activities that have not ended. */
export interface OpenActivities {
  /** Attempts of the session whose activity was given to a worker at least so long ago. */
  takenBefore(workspace: string, session: string, agoMs: number): Promise<RunTaskInput[]>;
}
