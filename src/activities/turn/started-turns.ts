import type { TurnRequest } from '../../contracts/protocol/activities';
import { runOfStart } from '../../contracts/protocol/ids';
import { isFresh } from './fresh-ground';
import { SessionMemory } from './session-memory';
import type { TakenTurn } from './take-turn';

/** First turns that this process has taken with the start of their sessions, for workflows that ask for them: at once, where their first task comes here. */
export class StartedTurns {
  private readonly turns = new SessionMemory<TakenTurn>();

  note(taken: TakenTurn): void {
    const { workspace, id } = taken.session;
    this.turns.remember({ workspace, session: id }, taken, taken.state);
  }

  /** Forgets it: who asks again gets what was stored, with what has followed. */
  claim(request: TurnRequest): TakenTurn | undefined {
    if (request.turn !== 1 || request.continuedFrom !== runOfStart) return undefined;
    const taken = this.turns.recall(request);
    this.turns.forget(request);
    return taken?.ground && isFresh(taken.ground) ? taken : undefined;
  }
}
