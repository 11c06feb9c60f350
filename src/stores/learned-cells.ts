import type { PoolClient } from 'pg';
import type { AttemptToLearn, LearningBatch, Learnt } from '../contracts/ports/learning-store';
import type { AgentRecord, CostSums } from '../domain/agents/agent';
import type { Cell } from '../domain/learning/cells';
import type { Complexity } from '../domain/plan/plan';
import { milliseconds } from './milliseconds';

export interface CellRow {
  workspace: string;
  agent_workspace: string;
  agent: string;
  capability: string;
  task_type: string;
  /** Null: with whatever model. */
  model: string | null;
  /** Null: however hard. */
  complexity: Complexity | null;
  succeeded: number;
  failed: number;
  log_duration_sum: number;
  log_duration_square_sum: number;
  cost_count: number;
  cost_usd_sum: number;
  quality_count: number;
  quality_sum: number;
  cost_free: number;
  cost_paid: number;
  cost_log_sum: number;
  cost_log_square_sum: number;
  retry_count: number;
  retry_succeeded: number;
  recent: AgentRecord;
  total_succeeded: number;
  total_failed: number;
  shortest_ms: number | null;
  longest_ms: number | null;
  as_of: number;
}

/** The sums beside those of successes and of their durations. */
export const moreSums =
  'cost_count, cost_usd_sum, cost_free, cost_paid, cost_log_sum, cost_log_square_sum, quality_count, quality_sum, retry_count, retry_succeeded';

const select = (table: string, own: string): string => `
  SELECT workspace, agent_workspace, agent, capability, task_type, ${own}, succeeded, failed, log_duration_sum, log_duration_square_sum,
         ${moreSums}, recent, total_succeeded, total_failed, shortest_ms, longest_ms, ${milliseconds('as_of')} AS as_of
  FROM ${table}`;

export const selectCells = select('learned_records', 'NULL AS model, NULL AS complexity');
const selectCellsOfModels = select('learned_models', 'model, NULL AS complexity');
export const selectCellsOfComplexities = select('learned_complexities', 'NULL AS model, complexity');

/** The sums of a row; no cost where none is known. */
export function recordOf(row: SumsRow): AgentRecord {
  return {
    succeeded: row.succeeded,
    failed: row.failed,
    logDurationSum: row.log_duration_sum,
    logDurationSquareSum: row.log_duration_square_sum,
    ...(row.cost_count > 0 && { cost: costOf(row) }),
    ...(row.quality_count > 0 && { quality: { count: row.quality_count, sum: row.quality_sum } }),
    ...(row.retry_count > 0 && { retries: { count: row.retry_count, succeeded: row.retry_succeeded } }),
  };
}

function costOf({
  cost_count: count,
  cost_usd_sum: sumUsd,
  cost_free: free,
  cost_paid: paid,
  ...row
}: SumsRow): CostSums {
  const spread = { free, paid, logSum: row.cost_log_sum, logSquareSum: row.cost_log_square_sum };
  return { count, sumUsd, ...(free + paid > 0 && { spread }) };
}

export type SumsRow = Pick<
  CellRow,
  | 'succeeded'
  | 'failed'
  | 'log_duration_sum'
  | 'log_duration_square_sum'
  | 'cost_count'
  | 'cost_usd_sum'
  | 'quality_count'
  | 'quality_sum'
  | 'cost_free'
  | 'cost_paid'
  | 'cost_log_sum'
  | 'cost_log_square_sum'
  | 'retry_count'
  | 'retry_succeeded'
>;

export function cellOf(row: CellRow): Cell {
  return {
    agent: { workspace: row.agent_workspace, name: row.agent },
    capability: row.capability,
    taskType: row.task_type,
    ...(row.model !== null && { model: row.model }),
    ...(row.complexity !== null && { complexity: row.complexity }),
    record: recordOf(row),
    recent: row.recent,
    asOf: row.as_of,
    totalSucceeded: row.total_succeeded,
    totalFailed: row.total_failed,
    shortestMs: row.shortest_ms,
    longestMs: row.longest_ms,
  };
}

/** What is known by now of the agents of the attempts. */
export async function knownOf(
  client: PoolClient,
  attempts: readonly AttemptToLearn[],
): Promise<Pick<LearningBatch, 'cells' | 'proficiencies'>> {
  const values = [
    attempts.map(({ workspace }) => workspace),
    attempts.map(({ agent }) => agent.workspace),
    attempts.map(({ agent }) => agent.name),
  ];
  const [{ rows: cells }, { rows: proficiencies }] = await Promise.all([
    client.query<CellRow>({
      name: 'cells-of-agents',
      text: [selectCells, selectCellsOfModels, selectCellsOfComplexities]
        .map(
          (cellsOfThem) => `${cellsOfThem} JOIN (${wantedAgents}) AS wanted USING (workspace, agent_workspace, agent)`,
        )
        .join(' UNION ALL '),
      values,
    }),
    client.query<ProficiencyRow>({ name: 'proficiencies-of-agents', text: proficienciesText, values }),
  ]);
  return {
    cells: cells.map((row) => ({ workspace: row.workspace, cell: cellOf(row) })),
    proficiencies: proficiencies.map(({ agent_workspace, agent, ...row }) => ({
      ...row,
      agent: { workspace: agent_workspace, name: agent },
    })),
  };
}

interface ProficiencyRow {
  workspace: string;
  agent_workspace: string;
  agent: string;
  capability: string;
  declared: number;
  current: number;
}

const wantedAgents = `SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[]) AS x (workspace, agent_workspace, agent)`;

const proficienciesText = `
  SELECT wanted.workspace, agent_workspace, agent, capability.name AS capability, capability.proficiency AS declared,
         coalesce(latest.to_proficiency, capability.proficiency) AS current
  FROM (${wantedAgents}) AS wanted
  JOIN agents ON agents.workspace = agent_workspace AND agents.name = agent
  CROSS JOIN LATERAL jsonb_to_recordset(definition -> 'capabilities') AS capability (name text, proficiency float8)
  LEFT JOIN LATERAL (
    SELECT to_proficiency FROM capability_steps AS step
    WHERE (step.workspace, step.agent_workspace, step.agent, step.capability)
        = (wanted.workspace, wanted.agent_workspace, wanted.agent, capability.name)
    ORDER BY id DESC LIMIT 1
  ) AS latest ON true`;

/**
 * In place of what the cells were, and told to all who route by them: also how good agents have become. What was learnt of agents that were removed is
 * dropped.
 */
export async function storeLearnt(client: PoolClient, { cells, steps }: Learnt): Promise<void> {
  const rows: CellRow[] = cells.map(
    ({ workspace, cell: { agent, capability, taskType, model = null, complexity = null, record, ...cell } }) => ({
      workspace,
      agent_workspace: agent.workspace,
      agent: agent.name,
      capability,
      task_type: taskType,
      model,
      complexity,
      succeeded: record.succeeded,
      failed: record.failed,
      log_duration_sum: record.logDurationSum,
      log_duration_square_sum: record.logDurationSquareSum,
      cost_count: record.cost?.count ?? 0,
      cost_usd_sum: record.cost?.sumUsd ?? 0,
      quality_count: record.quality?.count ?? 0,
      quality_sum: record.quality?.sum ?? 0,
      cost_free: record.cost?.spread?.free ?? 0,
      cost_paid: record.cost?.spread?.paid ?? 0,
      cost_log_sum: record.cost?.spread?.logSum ?? 0,
      cost_log_square_sum: record.cost?.spread?.logSquareSum ?? 0,
      retry_count: record.retries?.count ?? 0,
      retry_succeeded: record.retries?.succeeded ?? 0,
      recent: cell.recent,
      total_succeeded: cell.totalSucceeded,
      total_failed: cell.totalFailed,
      shortest_ms: cell.shortestMs,
      longest_ms: cell.longestMs,
      as_of: cell.asOf,
    }),
  );
  const ofModels = rows.filter(({ model }) => model !== null);
  const ofComplexities = rows.filter(({ complexity }) => complexity !== null);
  const ofAgents = rows.filter(({ model, complexity }) => model === null && complexity === null);
  await client.query({ name: 'store-cells', text: storeText('learned_records'), values: [JSON.stringify(ofAgents)] });
  if (ofModels.length > 0) {
    const text = storeText('learned_models', 'model, ');
    await client.query({ name: 'store-model-cells', text, values: [JSON.stringify(ofModels)] });
  }
  if (ofComplexities.length > 0) {
    const text = storeText('learned_complexities', 'complexity, ');
    await client.query({ name: 'store-complexity-cells', text, values: [JSON.stringify(ofComplexities)] });
  }
  if (steps.length === 0) return;
  const stepRows = steps.map(({ workspace, agent, ...step }) => ({
    ...step,
    workspace,
    agent_workspace: agent.workspace,
    agent: agent.name,
  }));
  await client.query({ name: 'store-steps', text: storeStepsText, values: [JSON.stringify(stepRows)] });
}

const storeStepsText = `
  WITH steps AS (
    SELECT step.* FROM jsonb_to_recordset($1)
      AS step (workspace text, agent_workspace text, agent text, capability text, "from" float8, "to" float8, outcomes float8)
    -- Locked with the cells.
    JOIN agents ON agents.workspace = agent_workspace AND agents.name = agent
  ), stored AS (
    INSERT INTO capability_steps (workspace, agent_workspace, agent, capability, from_proficiency, to_proficiency, outcomes)
    SELECT workspace, agent_workspace, agent, capability, "from", "to", outcomes FROM steps
    RETURNING agent_workspace, agent
  )
  SELECT pg_notify('orchestra_agents', jsonb_build_array(agent_workspace, agent)::text)
  FROM (SELECT DISTINCT agent_workspace, agent FROM stored) AS agents`;

/** `own`: a column more, and part of the key. */
const storeText = (table: string, own = ''): string => `
  WITH cells AS (
    SELECT cell.* FROM jsonb_to_recordset($1) AS cell (workspace text, agent_workspace text, agent text, capability text, task_type text, model text, complexity text,
      succeeded float8, failed float8, log_duration_sum float8, log_duration_square_sum float8, ${moreSums.replaceAll(',', ' float8,')} float8, recent json, total_succeeded bigint,
      total_failed bigint, shortest_ms float8, longest_ms float8, as_of float8)
    -- An agent that is removed meanwhile takes its cells with it.
    JOIN agents ON agents.workspace = agent_workspace AND agents.name = agent FOR KEY SHARE OF agents
  ), stored AS (
    INSERT INTO ${table} (${own}workspace, agent_workspace, agent, capability, task_type, succeeded, failed, log_duration_sum,
                                 log_duration_square_sum, ${moreSums}, recent, total_succeeded, total_failed, shortest_ms, longest_ms, as_of)
    SELECT ${own}workspace, agent_workspace, agent, capability, task_type, succeeded, failed, log_duration_sum,
           log_duration_square_sum, ${moreSums}, recent, total_succeeded, total_failed, shortest_ms, longest_ms, to_timestamp(as_of / 1000) FROM cells
    ON CONFLICT (${own}workspace, agent_workspace, agent, capability, task_type) DO UPDATE SET
      succeeded = excluded.succeeded, failed = excluded.failed, log_duration_sum = excluded.log_duration_sum,
      log_duration_square_sum = excluded.log_duration_square_sum, (${moreSums}) = (${moreSums.replaceAll(/\w+/g, 'excluded.$&')}),
      recent = excluded.recent, total_succeeded = excluded.total_succeeded,
      total_failed = excluded.total_failed, shortest_ms = excluded.shortest_ms, longest_ms = excluded.longest_ms, as_of = excluded.as_of
    RETURNING ${table}.agent_workspace, ${table}.agent
  )
  SELECT pg_notify('orchestra_learnt', jsonb_build_array(agent_workspace, agent)::text)
  FROM (SELECT DISTINCT agent_workspace, agent FROM stored) AS agents`;
