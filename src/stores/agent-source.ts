import type { Pool } from 'pg';
import type { AgentSecrets } from '../contracts/ports/agent-secrets';
import type { AgentSource } from '../contracts/ports/agent-source';
import type { AgentDefinition, AgentKey } from '../domain/agents/agent';
import { agentId } from '../domain/agents/agent-ref';
import { secretsOf } from '../domain/agents/setting-references';
import { agentNotFound } from './agent-not-found';
import { batched } from './batch';
import { acrossWorkspaces } from './scope';

export function createAgentSource(pool: Pool, secrets: Pick<AgentSecrets, 'reveal'>): AgentSource {
  // Many attempts of many agents begin in the same moment.
  const find = batched<AgentKey, AgentDefinition | undefined>(async (agents) => {
    const { rows } = await acrossWorkspaces(pool, 'agents at work').query<AgentKey & { definition: AgentDefinition }>({
      name: 'agent-definitions',
      text: `SELECT agents.workspace, agents.name, definition
             FROM agents JOIN unnest($1::text[], $2::text[]) AS wanted (workspace, name)
               ON wanted.workspace = agents.workspace AND wanted.name = agents.name`,
      values: [agents.map(({ workspace }) => workspace), agents.map(({ name }) => name)],
    });
    const found = new Map(rows.map((row) => [agentId(row), row.definition]));
    return agents.map((agent) => found.get(agentId(agent)));
  });
  return {
    resolve: async (agent) => {
      const definition = await find(agent);
      if (!definition) throw await agentNotFound(pool, agent);
      const names = secretsOf(definition.connector);
      return {
        definition,
        secrets: names.length === 0 ? new Map() : await secrets.reveal(agent, names),
      };
    },
  };
}
