import type { Pool } from 'pg';
import type { AgentSecrets } from '../contracts/ports/agent-secrets';
import type { AgentSource } from '../contracts/ports/agent-source';
import type { AgentDefinition } from '../domain/agents/agent';
import { secretsOf } from '../domain/agents/setting-references';
import { agentNotFound } from './agent-not-found';

export function createAgentSource(pool: Pool, secrets: Pick<AgentSecrets, 'reveal'>): AgentSource {
  return {
    resolve: async (agent) => {
      const { rows } = await pool.query<{ definition: AgentDefinition }>({
        name: 'agent-definition',
        text: 'SELECT definition FROM agents WHERE workspace = $1 AND name = $2',
        values: [agent.workspace, agent.name],
      });
      const [row] = rows;
      if (!row) throw await agentNotFound(pool, agent);
      const names = secretsOf(row.definition.connector);
      return {
        definition: row.definition,
        secrets: names.length === 0 ? new Map() : await secrets.reveal(agent, names),
      };
    },
  };
}
