import { LRUCache } from 'lru-cache';
import type { SessionState } from '../../domain/session/state';

/** Runs of all sessions that are remembered; 10,000 take about 2 MB. */
const defaultRuns = 100_000;

interface SessionName {
  workspace: string;
  session: string;
}

/** What a process remembers of sessions with their states, up to so many runs of all of them; the latest stay. */
export class SessionMemory<One> {
  private readonly sessions: LRUCache<string, { one: One; state: SessionState }>;

  constructor(maxRuns = defaultRuns) {
    this.sessions = new LRUCache({ maxSize: maxRuns, sizeCalculation: ({ state }) => runsIn(state) });
  }

  remember(session: SessionName, one: One, state: SessionState): void {
    this.sessions.set(keyOf(session), { one, state });
  }

  recall(session: SessionName): One | undefined {
    return this.sessions.get(keyOf(session))?.one;
  }

  forget(session: SessionName): void {
    this.sessions.delete(keyOf(session));
  }
}

function keyOf({ workspace, session }: SessionName): string {
  return `${workspace}/${session}`;
}

function runsIn({ tasks }: SessionState): number {
  return tasks.reduce((sum, { items }) => sum + 1 + (items?.length ?? 0), 0);
}
