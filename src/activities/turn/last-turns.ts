import { LRUCache } from 'lru-cache';
import type { AttemptKey, TurnGround } from '../../contracts/ports/turn-store';
import type { TurnRequest } from '../../contracts/protocol/activities';
import { isInFlight } from '../../domain/session/in-flight';
import type { SessionState } from '../../domain/session/state';
import type { TakenTurn } from './take-turn';

/** The next turn of a session, but for its events, and what is known of the one before. */
export interface NextTurn {
  request: Omit<TurnRequest, 'events' | 'state'> & { state: SessionState };
  ground?: TurnGround;
}

interface LastTurn extends NextTurn {
  loaded: TakenTurn['loaded'];
}

/** Runs of all sessions that are remembered; 10,000 take about 2 MB. */
const maxRuns = 100_000;

/** Older than that, a clock or a limit of the workspace may have changed: the turn asks again. */
const groundMs = 2_000;

/** How the sessions stand that wait for a single attempt, and whose last turn was taken in this process. */
export class LastTurns {
  private readonly sessions: LRUCache<string, LastTurn>;

  constructor({ runs = maxRuns }: { runs?: number } = {}) {
    this.sessions = new LRUCache({ maxSize: runs, sizeCalculation: ({ request }) => runsIn(request.state) });
  }

  /** Told of each turn that is taken. */
  note({ workspace, session, runId, trace }: TurnRequest, { number, state, loaded, ground }: TakenTurn): void {
    const key = keyOf(workspace, session);
    if (state.ended || state.inFlight !== 1) {
      this.sessions.delete(key);
      return;
    }
    const traced = trace === undefined ? {} : { trace };
    const request = { workspace, session, runId, turn: number + 1, ...traced, state, firstOfRun: false };
    this.sessions.set(key, { request, loaded, ...(ground && { ground }) });
  }

  /** The turn that the attempt's end brings about, if the workflow run waits for nothing else; forgets it, so that nobody takes it twice. */
  claim(
    { workspace, session, ...attempt }: AttemptKey & { workspace: string; session: string },
    runId: string,
  ): NextTurn | undefined {
    const key = keyOf(workspace, session);
    const last = this.sessions.get(key);
    if (!last || last.request.runId !== runId) return undefined;
    const { request, loaded, ground } = last;
    if (!isInFlight(loaded.index, request.state, attempt)) return undefined;
    this.sessions.delete(key);
    const isFresh = ground !== undefined && performance.now() - ground.readAtMs < groundMs;
    return { request, ...(isFresh && { ground }) };
  }
}

function keyOf(workspace: string, session: string): string {
  return `${workspace}/${session}`;
}

function runsIn({ tasks }: SessionState): number {
  return tasks.reduce((sum, { items }) => sum + 1 + (items?.length ?? 0), 0);
}
