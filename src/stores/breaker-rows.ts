import type { PoolClient, QueryConfig } from 'pg';
import type { AgentKey } from '../domain/agents/agent';
import type { Breaker } from '../domain/health/circuit-breaker';
import type { BreakerNews, JudgedBreaker } from '../domain/health/judge-breaker';
import { databaseJson } from './database-text';

export interface BreakerRow extends BreakerNews {
  breaker: Breaker | null;
  now_ms: number;
}

/** With what is known of whether it can be reached. */
interface LockedBreaker extends BreakerRow {
  reachable: boolean | null;
}

/** Locks the room of the agent and its breaker; undefined where there is no such agent. */
export async function lockBreaker(
  client: PoolClient,
  { workspace, name }: AgentKey,
): Promise<LockedBreaker | undefined> {
  const key = [workspace, name];
  await client.query('SELECT FROM agent_room WHERE workspace = $1 AND agent = $2 FOR UPDATE', key);
  const { rows } = await client.query<LockedBreaker>(
    `WITH made AS (
       INSERT INTO agent_breakers (workspace, agent) SELECT workspace, name FROM agents WHERE workspace = $1 AND name = $2
       ON CONFLICT (workspace, agent) DO UPDATE SET evidence = agent_breakers.evidence RETURNING evidence, breaker, reachable
     )
     SELECT made.*, trials, running, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms
     FROM made JOIN agent_room ON workspace = $1 AND agent = $2`,
    key,
  );
  return rows[0];
}

export function writeStatement(judged: readonly { agent: AgentKey; judged: JudgedBreaker }[]): QueryConfig {
  return {
    name: 'write-breakers',
    text: writeBreakers,
    values: [databaseJson(judged.map(({ agent, judged: rest }) => ({ ...agent, ...rest })))],
  };
}

const writeBreakers = `
  WITH judged AS (
    SELECT * FROM jsonb_to_recordset($1) AS x (workspace text, name text, breaker jsonb, trials int, "dueAt" float8, events jsonb)
  ), written AS (
    UPDATE agent_breakers AS known SET evidence = '', breaker = judged.breaker, due_at = to_timestamp("dueAt" / 1000)
    FROM judged WHERE known.workspace = judged.workspace AND known.agent = judged.name
  ), room AS (
    UPDATE agent_room SET trials = judged.trials FROM judged
    WHERE agent_room.workspace = judged.workspace AND agent_room.agent = judged.name AND agent_room.trials IS DISTINCT FROM judged.trials
    RETURNING agent_room.workspace, agent_room.agent
  ), noted AS (
    INSERT INTO agent_events (workspace, agent, kind, why, by_whom, request)
    SELECT workspace, name, event ->> 'kind', event ->> 'why', event ->> 'by', event ->> 'request' FROM judged CROSS JOIN LATERAL jsonb_array_elements(events) AS event
    RETURNING workspace, agent
  ), changed AS (
    SELECT workspace, agent FROM room UNION SELECT workspace, agent FROM noted
  )
  SELECT pg_notify('orchestra_agents', jsonb_build_array(workspace, agent)::text) FROM changed`;
