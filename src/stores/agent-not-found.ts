import type { Pool } from 'pg';
import type { AgentKey } from '../domain/agents/agent';
import { unknownAgent } from '../domain/agents/agent-errors';
import type { OrchestraError } from '../domain/errors';
import { inWorkspace } from './scope';

/** The error for an agent that its workspace does not have, with the one that was probably meant. */
export async function agentNotFound(pool: Pool, { workspace, name }: AgentKey): Promise<OrchestraError> {
  const { rows } = await inWorkspace(pool, workspace).query<{ name: string }>(
    'SELECT name FROM agents WHERE workspace = $1',
    [workspace],
  );
  return unknownAgent(
    workspace,
    name,
    rows.map((row) => row.name),
  );
}
