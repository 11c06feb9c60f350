import type { AgentKey } from '../domain/agents/agent';
import type { Queryable } from './scope';

/** Whether what the request asked of the agent is among its events, and so is done. */
export async function isNoted(
  client: Queryable,
  { workspace, name }: AgentKey,
  request: string | undefined,
): Promise<boolean> {
  if (request === undefined) return false;
  const { rows } = await client.query(
    'SELECT FROM agent_events WHERE workspace = $1 AND agent = $2 AND request = $3 LIMIT 1',
    [workspace, name, request],
  );
  return rows.length > 0;
}
