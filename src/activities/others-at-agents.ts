import type { DueSession, ForecastStore } from '../contracts/ports/forecast-store';
import type { AgentKey } from '../domain/agents/agent';
import type { RegisteredPlaces, SessionEvidence } from '../domain/prediction/evidence';

/** Sessions that are asked what they have not begun yet. */
const sessionsLookedAt = 50;

/** What other sessions of the workspace have at the agents, and wait for; nothing where nobody else is there. `now`: milliseconds since 1970. */
export async function othersAt(
  places: readonly (AgentKey & { places: number })[],
  { workspace, id, now }: Pick<DueSession, 'workspace' | 'id' | 'now'>,
  store: Pick<ForecastStore, 'shared' | 'ahead' | 'durationsOf'>,
): Promise<Partial<Pick<SessionEvidence, 'registered' | 'others' | 'inLineSince'>>> {
  const agents = places.map(({ workspace: of, name }) => ({ workspace: of, name }));
  const { running, waiting } = await store.shared(workspace, agents);
  const isOther = ({ session }: { session: string }): boolean => session !== id;
  const [theirs, inLine] = [running.filter(isOther), waiting.filter(isOther)];
  const inLineSince = new Map(
    waiting.flatMap(({ session, run, since }): [string, number][] => (session === id ? [[run, since]] : [])),
  );
  if (theirs.length + inLine.length === 0) return { inLineSince };
  const sessions = [...new Set([...theirs, ...inLine].map(({ session }) => session))];
  const [ahead, registered] = await Promise.all([
    store.ahead(workspace, sessions.slice(0, sessionsLookedAt), agents),
    Promise.all(
      places.map(async (place): Promise<RegisteredPlaces> => ({
        ...place,
        durations: await store.durationsOf(workspace, place),
      })),
    ),
  ]);
  const later = new Map(ahead.map(({ session, open, share }) => [session, Math.round(open * share)]));
  const nth = new Map(sessions.map((session, at) => [session, at]));
  return {
    registered,
    inLineSince,
    others: {
      running: theirs.map(({ session, agent, begunAt }) => ({
        session: nth.get(session) ?? 0,
        agent,
        elapsedMs: Math.max(0, now - (begunAt ?? now)),
      })),
      waiting: inLine.map(({ session, agents: wanted, since }) => ({
        session: nth.get(session) ?? 0,
        agents: wanted,
        waitedMs: Math.max(0, now - since),
      })),
      later: sessions.map((session) => later.get(session) ?? 0),
    },
  };
}
