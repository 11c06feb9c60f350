import type { PoolClient } from 'pg';
import { parseWorkspaceOptions } from '../contracts/schemas/workspace-options';
import type { AgentKey } from '../domain/agents/agent';
import type { ModelOption } from '../domain/models/model-option';
import type { Change } from '../domain/optimise/proposal';
import type { WorkspaceOptions } from '../domain/settings/workspace-settings';

/**
 * Puts the values of `to` in the place of those of `from`, in the transaction of the client, where they are so: undefined, or else what is not so, in words.
 * null is the default of a setting.
 */
export function applyChange(
  client: PoolClient,
  workspace: string,
  change: Change,
  direction: 'forward' | 'back',
): Promise<string | undefined> {
  const isForward = direction === 'forward';
  if (change.of === 'settings') {
    const [from, to] = isForward ? [change.before, change.after] : [change.after, change.before];
    return changeSettings(client, workspace, from, to);
  }
  if (change.of === 'models') {
    const [from, to] = isForward ? [change.before, change.after] : [change.after, change.before];
    return changeModels(client, change.agent, from, to);
  }
  const [from, to] = isForward ? [change.before, change.after] : [change.after, change.before];
  return changeCapacity(client, change.agent, from.maxConcurrent, to.maxConcurrent);
}

type Values = Readonly<Record<string, number | string | null>>;

async function changeSettings(
  client: PoolClient,
  workspace: string,
  from: Values,
  to: Values,
): Promise<string | undefined> {
  const { rows } = await client.query<{ options: WorkspaceOptions }>(
    `INSERT INTO workspace_settings AS own (workspace) VALUES ($1)
     ON CONFLICT (workspace) DO UPDATE SET options = own.options RETURNING options`,
    [workspace],
  );
  const options = new Map<string, string | number>(Object.entries(rows[0]?.options ?? {}));
  const other = Object.keys(from).find((key) => (options.get(key) ?? null) !== from[key]);
  if (other !== undefined) return `the setting ${other} is ${options.get(other) ?? 'the default'} by now`;
  const changed = Object.entries({ ...Object.fromEntries(options), ...to }).filter(([, value]) => value !== null);
  const result = parseWorkspaceOptions(Object.fromEntries(changed));
  await client.query('UPDATE workspace_settings SET options = $2, updated_at = now() WHERE workspace = $1', [
    workspace,
    JSON.stringify(result),
  ]);
  return undefined;
}

async function changeCapacity(
  client: PoolClient,
  { workspace, name }: AgentKey,
  from: number,
  to: number,
): Promise<string | undefined> {
  const { rows } = await client.query<{ capacity: number }>(
    `SELECT (definition ->> 'maxConcurrent')::int AS capacity FROM agents WHERE workspace = $1 AND name = $2 FOR UPDATE`,
    [workspace, name],
  );
  const [row] = rows;
  if (!row) return `there is no agent ${name} any more`;
  if (row.capacity !== from) return `agent ${name} takes ${row.capacity} at once by now`;
  await client.query(
    `WITH changed AS (
       UPDATE agents SET definition = jsonb_set(definition, '{maxConcurrent}', to_jsonb($3::int)), revision = revision + 1, updated_at = now()
       WHERE workspace = $1 AND name = $2
     )
     UPDATE agent_room SET max_concurrent = $3 WHERE workspace = $1 AND agent = $2`,
    [workspace, name, to],
  );
  return undefined;
}

async function changeModels(
  client: PoolClient,
  { workspace, name }: AgentKey,
  from: readonly ModelOption[],
  to: readonly ModelOption[],
): Promise<string | undefined> {
  const { rows } = await client.query<{ models: ModelOption[] | null; same: boolean | null }>(
    `SELECT definition -> 'models' AS models, definition -> 'models' = $3::jsonb AS same FROM agents WHERE workspace = $1 AND name = $2 FOR UPDATE`,
    [workspace, name, JSON.stringify(from)],
  );
  const [row] = rows;
  if (!row) return `there is no agent ${name} any more`;
  if (row.same !== true) {
    const models = row.models ?? [];
    return `the models of agent ${name} are ${models.map((model) => model.name).join(', ') || 'none'} by now`;
  }
  await client.query(
    `UPDATE agents SET definition = jsonb_set(definition, '{models}', $3::jsonb), revision = revision + 1, updated_at = now()
     WHERE workspace = $1 AND name = $2`,
    [workspace, name, JSON.stringify(to)],
  );
  return undefined;
}
