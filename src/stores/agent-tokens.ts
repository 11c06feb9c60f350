import type { Pool } from 'pg';
import type { AgentTokenOverview, AgentTokenStore, StoredAgentToken } from '../contracts/ports/agent-tokens';
import { agentNotFound } from './agent-not-found';
import { batched } from './batch';
import { beforeAllTimes, milliseconds, timeOf } from './milliseconds';
import { acrossWorkspaces, inWorkspace } from './scope';

export function createAgentTokenStore(pool: Pool): AgentTokenStore {
  const find = batched<string, StoredAgentToken | undefined>(async (ids) => {
    const { rows } = await acrossWorkspaces(pool, 'tokens').query<{
      id: string;
      workspace: string;
      agent: string;
      hash: Buffer;
      expires_at: number | null;
    }>({
      name: 'find-agent-tokens',
      text: `SELECT id, workspace, agent, hash, ${milliseconds('expires_at')} AS expires_at FROM agent_tokens WHERE id = ANY ($1)`,
      values: [ids],
    });
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => {
      const row = byId.get(id);
      return row && { agent: { workspace: row.workspace, name: row.agent }, hash: row.hash, expiresAt: row.expires_at };
    });
  });
  return {
    find,
    add: async (agent, { id, hash, expiresAt }) => {
      const { rowCount } = await inWorkspace(pool, agent.workspace).query(
        `INSERT INTO agent_tokens (id, workspace, agent, hash, expires_at)
         SELECT $1, workspace, name, $4, to_timestamp($5::float8 / 1000) FROM agents WHERE workspace = $2 AND name = $3
         ON CONFLICT (workspace, id) DO UPDATE SET agent = excluded.agent, hash = excluded.hash, expires_at = excluded.expires_at`,
        [id, agent.workspace, agent.name, hash, expiresAt],
      );
      if (rowCount === 0) throw await agentNotFound(pool, agent);
    },
    list: async (workspace, agent, { limit = null, after: [createdAt, last] = beforeAllTimes } = {}) => {
      const { rows } = await inWorkspace(pool, workspace).query<AgentTokenOverview>(
        `SELECT id, agent, ${milliseconds('created_at')} AS "createdAt", ${milliseconds('expires_at')} AS "expiresAt"
         FROM agent_tokens WHERE workspace = $1 AND ($2::text IS NULL OR agent = $2)
           AND (created_at, id) > (${timeOf('$3')}, $4)
         ORDER BY agent, created_at, id LIMIT $5`,
        [workspace, agent ?? null, createdAt, last, limit],
      );
      return rows;
    },
    revoke: async (workspace, id) => {
      const { rowCount } = await inWorkspace(pool, workspace).query(
        'DELETE FROM agent_tokens WHERE workspace = $1 AND id = $2',
        [workspace, id],
      );
      return rowCount !== 0;
    },
  };
}
