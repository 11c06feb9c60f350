import type { Pool } from 'pg';
import type { AgentProbes } from '../contracts/ports/agent-probes';
import type { AgentDefinition } from '../domain/agents/agent';
import { agentId } from '../domain/agents/agent-ref';
import type { AgentEvent } from '../domain/health/agent-event';
import { newBreaker, step, trialsOf } from '../domain/health/circuit-breaker';
import { breakerEvent, judgeBreaker } from '../domain/health/judge-breaker';
import { lockBreaker, writeStatement } from './breaker-rows';
import { inTransaction } from './transaction';
import { acrossWorkspaces, inWorkspace } from './scope';

export function createAgentProbes(pool: Pool): AgentProbes {
  return {
    take: async ({ scope, everyMs, idleMs, limit }) => {
      const place = scope === 'services' ? null : scope.place;
      const kinds = [
        ...(scope === 'services' || place ? ['http', 'a2a'] : []),
        ...(scope === 'services' ? [] : ['command']),
      ];
      const { rows } = await acrossWorkspaces(pool, 'health').query<{ workspace: string; definition: AgentDefinition }>(
        {
          name: 'take-agents-to-probe',
          text: takeText,
          values: [everyMs, idleMs, limit, kinds, place?.workspace, place?.host],
        },
      );
      return rows.map(({ workspace, definition }) => ({ agent: { workspace, name: definition.name }, definition }));
    },

    note: (agent, { says, detail }, policy) =>
      inTransaction(inWorkspace(pool, agent.workspace), async (client) => {
        const row = await lockBreaker(client, agent);
        // It was removed meanwhile.
        if (!row) return { result: undefined, writes: [] };
        const { breaker, now_ms: now, reachable, ...news } = row;
        const clock = { now, seed: agentId(agent), policy };
        const judged = judgeBreaker(breaker ?? newBreaker, news, clock);
        const isReachable = says === 'reachable';
        const hasChanged = isReachable !== (reachable ?? true);
        // One that could be reached all the time has failed for another reason.
        const next = isReachable
          ? hasChanged
            ? step(judged.breaker, { type: 'probed', isReachable }, clock)
            : judged.breaker
          : step(judged.breaker, { type: 'probed', isReachable, why: `it could not be reached: ${detail}` }, clock);
        const seen: AgentEvent = { kind: isReachable ? 'reachable' : 'unreachable', why: detail };
        const events = [
          ...judged.events,
          ...(hasChanged ? [seen] : []),
          ...(next.state === judged.breaker.state ? [] : [breakerEvent(next)]),
        ];
        const dueAt = next === judged.breaker ? judged.dueAt : next.state === 'open' ? next.until : now;
        const result = { breaker: next, trials: trialsOf(next), dueAt, events };
        return {
          result: undefined,
          writes: [
            writeStatement([{ agent, judged: result }]),
            {
              text: 'UPDATE agent_breakers SET reachable = $3 WHERE workspace = $1 AND agent = $2 AND reachable IS DISTINCT FROM $3',
              values: [agent.workspace, agent.name, isReachable],
            },
          ],
        };
      }),
  };
}

// Breakers are locked in key order, as by whoever settles attempts.
const takeText = `
  WITH due AS (
    SELECT agents.workspace, agents.name
    FROM agents JOIN agent_room AS room ON room.workspace = agents.workspace AND room.agent = agents.name
    LEFT JOIN agent_breakers AS known ON known.workspace = agents.workspace AND known.agent = agents.name
    LEFT JOIN workspace_settings AS settings ON settings.workspace = agents.workspace
    WHERE definition -> 'connector' ->> 'connector' = ANY ($4::text[]) AND host_of(agents.name) IS NOT DISTINCT FROM $6
      AND ($5::text IS NULL OR agents.workspace = $5) AND coalesce(options ->> 'recovery.automatic', 'probe') LIKE '%probe%'
      AND coalesce(probed_at, '-infinity') < now() - $1 * interval '1 millisecond'
      AND (breaker ->> 'state' IN ('open', 'half-open') AND breaker -> 'until' IS DISTINCT FROM 'null'
           OR running = 0 AND coalesce(greatest(spoke_at, probed_at), '-infinity') < now() - $2 * interval '1 millisecond')
    ORDER BY probed_at NULLS FIRST LIMIT $3
  ), taken AS (
    INSERT INTO agent_breakers AS known (workspace, agent, probed_at) SELECT workspace, name, now() FROM due ORDER BY 1, 2
    ON CONFLICT (workspace, agent) DO UPDATE SET probed_at = now()
    WHERE coalesce(known.probed_at, '-infinity') < now() - $1 * interval '1 millisecond'
    RETURNING known.workspace, known.agent
  )
  SELECT agents.workspace, definition - 'instructions' AS definition
  FROM taken JOIN agents ON agents.workspace = taken.workspace AND agents.name = taken.agent`;
