import type { AttemptKey, TurnGround } from '../../contracts/ports/turn-store';
import type { TurnRequest } from '../../contracts/protocol/activities';
import { runOfStart } from '../../contracts/protocol/ids';
import { isInFlight } from '../../domain/session/in-flight';
import type { SessionState } from '../../domain/session/state';
import { isFresh } from './fresh-ground';
import { SessionMemory } from './session-memory';
import type { TakenTurn } from './take-turn';

/** The next turn of a session, but for its events, and what is known of the one before. */
export interface NextTurn {
  request: Omit<TurnRequest, 'events' | 'state'> & { state: SessionState };
  ground?: TurnGround;
}

interface LastTurn extends NextTurn {
  loaded: TakenTurn['loaded'];
}

/** How the sessions stand that wait for a single attempt, and whose last turn was taken in this process. */
export class LastTurns {
  private readonly sessions: SessionMemory<LastTurn>;

  constructor({ runs }: { runs?: number } = {}) {
    this.sessions = new SessionMemory(runs);
  }

  /** Told of each turn that is taken. */
  note({ workspace, session, runId, trace }: TurnRequest, { number, state, loaded, ground }: TakenTurn): void {
    if (state.ended || state.inFlight !== 1) {
      this.sessions.forget({ workspace, session });
      return;
    }
    const traced = trace === undefined ? {} : { trace };
    const request = { workspace, session, runId, turn: number + 1, ...traced, state, firstOfRun: false };
    this.sessions.remember(request, { request, loaded, ...(ground && { ground }) }, state);
  }

  /** The turn that the attempt's end brings about, if the workflow run waits for nothing else; forgets it, so that nobody takes it twice. */
  claim(attempt: AttemptKey & { workspace: string; session: string }, runId: string): NextTurn | undefined {
    const last = this.sessions.recall(attempt);
    const request = last && requestOf(last, runId);
    if (!request || !isInFlight(last.loaded.index, request.state, attempt)) return undefined;
    this.sessions.forget(attempt);
    const { ground } = last;
    return { request, ...(ground && isFresh(ground) && { ground }) };
  }
}

/** Whatever run comes first takes over what the start has taken. */
function requestOf({ request }: LastTurn, runId: string): NextTurn['request'] | undefined {
  if (request.runId === runOfStart) return { ...request, runId, continuedFrom: runOfStart };
  return request.runId === runId ? request : undefined;
}
