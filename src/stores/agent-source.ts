import type { Pool } from 'pg';
import type { AgentSource } from '../contracts/ports/agent-source';
import type { AgentDefinition } from '../domain/agents/agent';
import { OrchestraError } from '../domain/errors';

export function createAgentSource(pool: Pool): AgentSource {
  return {
    resolve: async ({ workspace, name }) => {
      const { rows } = await pool.query<{ definition: AgentDefinition }>({
        name: 'agent-definition',
        text: 'SELECT definition FROM agents WHERE workspace = $1 AND name = $2',
        values: [workspace, name],
      });
      const [row] = rows;
      if (!row)
        throw new OrchestraError('AGENT_NOT_FOUND', `Workspace "${workspace}" has no agent "${name}" any more.`);
      return row.definition;
    },
  };
}
