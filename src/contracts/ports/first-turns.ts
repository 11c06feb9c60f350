import type { NumberedTurn } from '../protocol/activities';
import type { NewSession } from './session-catalog';

/** Takes first turns with the start of their sessions, where the process that starts these takes turns. */
export interface FirstTurns {
  /**
   * Adds the session, whose plan is stored, with its first turn. `trace`: of the start. Where it throws, the session may have been added all the same: adding it again
   * changes nothing.
   */
  take(session: NewSession, trace?: string): Promise<StartedSession>;
}

export interface StartedSession {
  /** False where the id is taken. */
  isAdded: boolean;
  /** For the workflow, which asks for it otherwise. */
  brought?: NumberedTurn;
}
