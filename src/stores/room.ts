import type { PoolClient } from 'pg';
import type { AgentRoom, LineRequirement } from '../contracts/ports/turn-store';
import type { AgentKey } from '../domain/agents/agent';
import type { Queryable } from './scope';

/** Locks the room of the agents in key order; see TurnTransaction.lockRooms. */
export async function lockRooms(
  client: PoolClient,
  agents: readonly AgentKey[],
  others: 'wait' | 'skip',
): Promise<AgentRoom[]> {
  if (agents.length === 0) return [];
  const { rows } = await client.query<AgentRoom>({
    name: `lock-rooms-${others}`,
    text: `SELECT agent_room.workspace, agent AS name, places_taken(running, max_concurrent, trials) AS running,
                  max_concurrent AS "maxConcurrent", least(max_concurrent - running, trials) AS free
           FROM agent_room JOIN unnest($1::text[], $2::text[]) AS wanted (workspace, agent) USING (workspace, agent)
           ORDER BY agent_room.workspace, agent FOR UPDATE OF agent_room ${others === 'skip' ? 'SKIP LOCKED' : ''}`,
    values: [agents.map(({ workspace }) => workspace), agents.map(({ name }) => name)],
  });
  return rows;
}

/** Leaps from requirement to requirement: the line may be long, and most of it wait for the same. */
export async function requirementsInLine(client: Queryable): Promise<LineRequirement[]> {
  const { rows } = await client.query<LineRequirement>({
    name: 'requirements-in-line',
    text: `WITH RECURSIVE found AS (
             (SELECT workspace, requirement_key, requirement FROM waiting_line WHERE token IS NULL
              ORDER BY workspace, requirement_key LIMIT 1)
             UNION ALL
             SELECT next.* FROM found CROSS JOIN LATERAL (
               SELECT workspace, requirement_key, requirement FROM waiting_line
               WHERE token IS NULL AND (workspace, requirement_key) > (found.workspace, found.requirement_key)
               ORDER BY workspace, requirement_key LIMIT 1
             ) AS next
           )
           SELECT workspace, requirement_key AS key, requirement FROM found`,
  });
  return rows;
}
