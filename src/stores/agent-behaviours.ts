import type { Pool } from 'pg';
import type { AgentBehaviours } from '../contracts/ports/agent-behaviours';
import type { AgentBehaviour, BehaviourOutcome } from '../domain/health/behaviour/behaviour';
import { newBehaviour } from '../domain/health/behaviour/behaviour';
import { observeBehaviour } from '../domain/health/behaviour/observe';
import { databaseJson } from './database-text';
import { milliseconds } from './milliseconds';
import { inTransaction } from './transaction';
import { acrossWorkspaces, inWorkspace } from './scope';

export function createAgentBehaviours(pool: Pool): AgentBehaviours {
  return {
    observe: (limit) =>
      inTransaction(acrossWorkspaces(pool, 'health'), async (client) => {
        await client.query({ name: 'meet-agents', text: meetText });
        const { rows } = await client.query<DueRow>({ name: 'agents-to-observe', text: dueText, values: [limit] });
        const observed = rows.map(({ workspace, agent, behaviour, until, outcomes }) => ({
          agent: { workspace, name: agent },
          until,
          ...observeBehaviour(behaviour ?? newBehaviour, outcomes ?? []),
        }));
        const changed = observed.flatMap(({ agent, events }) => events.map((event) => ({ agent, event })));
        const written = observed.map(({ agent, behaviour, until, events }) => ({ ...agent, behaviour, until, events }));
        return {
          result: { changed, again: rows.length === limit },
          writes:
            rows.length === 0 ? [] : [{ name: 'write-behaviours', text: writeText, values: [databaseJson(written)] }],
        };
      }),

    unusual: async ({ workspace, name }) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ since: number; why: string }>(
        `SELECT (value ->> 'since')::float8 AS since, value ->> 'why' AS why
         FROM agent_behaviours CROSS JOIN LATERAL jsonb_each(unusual) WHERE workspace = $1 AND agent = $2 ORDER BY 1`,
        [workspace, name],
      );
      return rows;
    },
  };
}

interface DueRow {
  workspace: string;
  agent: string;
  behaviour: AgentBehaviour | null;
  /** As PostgreSQL writes it, to the microsecond. */
  until: string;
  outcomes: BehaviourOutcome[] | null;
}

const meetText = `
  INSERT INTO agent_behaviours (workspace, agent)
  SELECT workspace, agent FROM agent_breakers WHERE spoke_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM agent_behaviours AS known WHERE (known.workspace, known.agent) = (agent_breakers.workspace, agent_breakers.agent))
  ORDER BY 1, 2 ON CONFLICT DO NOTHING`;

// What says nothing of the agent is left out, as by its breaker. Of an agent that is new, or was not looked at for long, the latest are enough.
const dueText = `
  WITH due AS MATERIALIZED (
    SELECT known.workspace, known.agent, behaviour, counted_until, now() - interval '5 seconds' AS until
    FROM agent_behaviours AS known JOIN agent_breakers USING (workspace, agent)
    WHERE spoke_at > counted_until AND counted_until < now() - interval '6 seconds'
    ORDER BY counted_until LIMIT $1 FOR UPDATE OF known SKIP LOCKED
  )
  SELECT workspace, agent, behaviour, until::text, outcomes FROM due CROSS JOIN LATERAL (
    SELECT json_agg(latest ORDER BY at) AS outcomes FROM (
      SELECT ${milliseconds('settled_at')} AS at, plan_name || '/' || task AS task, verdict <> 'succeeded' AS failed, duration_ms AS "durationMs",
             cost_usd::float8 AS "costUsd"
      FROM outcomes JOIN agents ON agents.workspace = agent_workspace AND agents.name = outcomes.agent
      WHERE agent_workspace = due.workspace AND outcomes.agent = due.agent
        AND settled_at > greatest(counted_until, now() - interval '30 days') AND settled_at <= until
        AND tells_of_agent(verdict, false) AND (verdict <> 'failed' OR evidence <> '[]' OR lost)
        AND (NOT lost OR definition -> 'connector' ->> 'connector' IN ('remote', 'function'))
      ORDER BY settled_at DESC LIMIT 300
    ) AS latest
  ) AS news`;

const writeText = `
  WITH observed AS (
    SELECT * FROM jsonb_to_recordset($1) AS x (workspace text, name text, behaviour jsonb, until timestamptz, events jsonb)
  ), written AS (
    UPDATE agent_behaviours AS known SET behaviour = observed.behaviour, counted_until = until
    FROM observed WHERE known.workspace = observed.workspace AND known.agent = observed.name
    RETURNING known.workspace, known.agent, events
  )
  INSERT INTO agent_events (workspace, agent, kind, why)
  SELECT workspace, agent, event ->> 'kind', event ->> 'why' FROM written CROSS JOIN LATERAL jsonb_array_elements(events) AS event`;
