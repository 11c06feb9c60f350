import type { Pool, QueryConfig } from 'pg';
import type { AgentBreakers, NotedAgentEvent } from '../contracts/ports/agent-breakers';
import type { AgentKey } from '../domain/agents/agent';
import { agentId } from '../domain/agents/agent-ref';
import { breakerEvent, judgeBreaker } from '../domain/health/judge-breaker';
import { defaultPolicy, newBreaker, step, trialsOf } from '../domain/health/circuit-breaker';
import type { BreakerEvent } from '../domain/health/circuit-breaker';
import { agentNotFound } from './agent-not-found';
import { lockBreaker, writeStatement } from './breaker-rows';
import type { BreakerRow } from './breaker-rows';
import { milliseconds } from './milliseconds';
import { isNoted } from './noted-request';
import { inTransaction } from './transaction';
import { acrossWorkspaces, inWorkspace } from './scope';

/** Rooms are locked before breakers, as whoever settles attempts does. */
export function createAgentBreakers(pool: Pool): AgentBreakers {
  const command = (agent: AgentKey, event: BreakerEvent, by?: string, seed?: string): Promise<void> =>
    inTransaction(inWorkspace(pool, agent.workspace), async (client) => {
      const row = await lockBreaker(client, agent);
      if (!row) throw await agentNotFound(pool, agent);
      if (await isNoted(client, agent, seed)) return { result: undefined, writes: [] };
      const before = row.breaker ?? newBreaker;
      const breaker = step(before, event, { now: row.now_ms, seed: agentId(agent), policy: defaultPolicy });
      const noted = event.type === 'reset' ? { kind: 'reset' as const, why: null } : breakerEvent(breaker);
      const events = [{ ...noted, by: by ?? null, request: seed ?? null }];
      const judged = { breaker, trials: trialsOf(breaker), dueAt: null, events };
      const writes = [writeStatement([{ agent, judged }]), ...(event.type === 'reset' ? [calmStatement(agent)] : [])];
      return { result: undefined, writes };
    });

  return {
    judge: (policy, limit) =>
      inTransaction(acrossWorkspaces(pool, 'health'), async (client) => {
        const { rows } = await client.query<DueRow>({ name: 'due-breakers', text: lockDue, values: [limit] });
        const judged = rows.flatMap(({ workspace, agent: name, breaker, now_ms: now, ...news }) => {
          if (workspace === null) return [];
          const agent = { workspace, name };
          const result = judgeBreaker(breaker ?? newBreaker, news, { now, seed: agentId(agent), policy });
          return [{ agent, judged: result, dueInMs: (result.dueAt ?? Infinity) - now }];
        });
        const due = rows[0]?.due ?? 0;
        return {
          result: {
            changed: judged.filter((one) => one.judged.events.length > 0).map(({ agent }) => agent),
            again: due > judged.length || due === limit,
            nextInMs: Math.max(0, Math.min(rows[0]?.next_in_ms ?? Infinity, ...judged.map(({ dueInMs }) => dueInMs))),
          },
          writes: judged.length > 0 ? [writeStatement(judged)] : [],
        };
      }),

    quarantine: (agent, why, by, seed) => command(agent, { type: 'held-open', why }, by, seed),
    reset: (agent, by, seed) => command(agent, { type: 'reset' }, by, seed),

    events: async ({ workspace, name }, limit, [last] = [Number.MAX_SAFE_INTEGER]) => {
      const { rows } = await inWorkspace(pool, workspace).query<NotedAgentEvent>(
        `SELECT id AS nr, ${milliseconds('at')} AS at, kind, why, by_whom AS by FROM agent_events
         WHERE workspace = $1 AND agent = $2 AND id < $4 ORDER BY id DESC LIMIT $3`,
        [workspace, name, limit, last],
      );
      return rows;
    },

    deleteOldEvents: async () => {
      await acrossWorkspaces(pool, 'health').query(
        `DELETE FROM agent_events USING (
           SELECT workspace, agent, id FROM agent_events WHERE at < now() - interval '30 days' LIMIT 10000 FOR UPDATE SKIP LOCKED
         ) AS old WHERE agent_events.workspace = old.workspace AND agent_events.agent = old.agent AND agent_events.id = old.id`,
      );
    },
  };
}

/** What was unusual of it is over: somebody has seen to it. */
const calmStatement = ({ workspace, name }: AgentKey): QueryConfig => ({
  text: `UPDATE agent_behaviours SET behaviour = behaviour || '{"unusual": {}, "recent": []}'
         WHERE workspace = $1 AND agent = $2 AND unusual <> '{}'`,
  values: [workspace, name],
});

/** Without an agent where none is due, or all are with others. */
interface DueRow extends BreakerRow {
  workspace: string | null;
  agent: string;
  due: number;
  next_in_ms: number | null;
}

// Who is settling an attempt of the agent, or gives it one, keeps it: its news is taken in a moment later.
const lockDue = `
  WITH due AS MATERIALIZED (
    SELECT workspace, agent FROM agent_breakers WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT $1
  ), locked AS MATERIALIZED (
    SELECT known.workspace, known.agent, evidence, breaker, trials, running
    FROM due JOIN agent_room AS room ON room.workspace = due.workspace AND room.agent = due.agent
    JOIN agent_breakers AS known ON known.workspace = due.workspace AND known.agent = due.agent
    ORDER BY 1, 2 FOR UPDATE OF room, known SKIP LOCKED
  )
  SELECT locked.*, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms, (SELECT count(*)::int FROM due) AS due,
         (SELECT (extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::float8 FROM agent_breakers WHERE due_at > clock_timestamp()) AS next_in_ms
  FROM (SELECT) AS always LEFT JOIN locked ON true`;
