import type { PoolClient } from 'pg';
import type { LearntCells } from '../contracts/ports/learning-store';
import type { Cell } from '../domain/learning/cells';
import { milliseconds } from './milliseconds';

export interface CellRow {
  workspace: string;
  agent_workspace: string;
  agent: string;
  capability: string;
  task_type: string;
  succeeded: number;
  failed: number;
  log_duration_sum: number;
  log_duration_square_sum: number;
  total_succeeded: number;
  total_failed: number;
  shortest_ms: number | null;
  longest_ms: number | null;
  as_of: number;
}

export const selectCells = `
  SELECT workspace, agent_workspace, agent, capability, task_type, succeeded, failed, log_duration_sum, log_duration_square_sum,
         total_succeeded, total_failed, shortest_ms, longest_ms, ${milliseconds('as_of')} AS as_of
  FROM learned_records`;

export function cellOf(row: CellRow): Cell {
  return {
    agent: { workspace: row.agent_workspace, name: row.agent },
    capability: row.capability,
    taskType: row.task_type,
    record: {
      succeeded: row.succeeded,
      failed: row.failed,
      logDurationSum: row.log_duration_sum,
      logDurationSquareSum: row.log_duration_square_sum,
    },
    asOf: row.as_of,
    totalSucceeded: row.total_succeeded,
    totalFailed: row.total_failed,
    shortestMs: row.shortest_ms,
    longestMs: row.longest_ms,
  };
}

/** In place of what the cells were, and told to all who route by them. Those of agents that were removed are dropped. */
export async function storeCells(client: PoolClient, cells: LearntCells): Promise<void> {
  const rows: CellRow[] = cells.map(({ workspace, cell: { agent, capability, taskType, record, ...cell } }) => ({
    workspace,
    agent_workspace: agent.workspace,
    agent: agent.name,
    capability,
    task_type: taskType,
    succeeded: record.succeeded,
    failed: record.failed,
    log_duration_sum: record.logDurationSum,
    log_duration_square_sum: record.logDurationSquareSum,
    total_succeeded: cell.totalSucceeded,
    total_failed: cell.totalFailed,
    shortest_ms: cell.shortestMs,
    longest_ms: cell.longestMs,
    as_of: cell.asOf,
  }));
  await client.query({ name: 'store-cells', text: storeText, values: [JSON.stringify(rows)] });
}

const storeText = `
  WITH cells AS (
    SELECT cell.* FROM jsonb_to_recordset($1) AS cell (workspace text, agent_workspace text, agent text, capability text, task_type text,
      succeeded float8, failed float8, log_duration_sum float8, log_duration_square_sum float8, total_succeeded bigint,
      total_failed bigint, shortest_ms float8, longest_ms float8, as_of float8)
    -- An agent that is removed meanwhile takes its cells with it.
    JOIN agents ON agents.workspace = agent_workspace AND agents.name = agent FOR KEY SHARE OF agents
  ), stored AS (
    INSERT INTO learned_records (workspace, agent_workspace, agent, capability, task_type, succeeded, failed, log_duration_sum,
                                 log_duration_square_sum, total_succeeded, total_failed, shortest_ms, longest_ms, as_of)
    SELECT workspace, agent_workspace, agent, capability, task_type, succeeded, failed, log_duration_sum,
           log_duration_square_sum, total_succeeded, total_failed, shortest_ms, longest_ms, to_timestamp(as_of / 1000) FROM cells
    ON CONFLICT (workspace, agent_workspace, agent, capability, task_type) DO UPDATE SET
      succeeded = excluded.succeeded, failed = excluded.failed, log_duration_sum = excluded.log_duration_sum,
      log_duration_square_sum = excluded.log_duration_square_sum, total_succeeded = excluded.total_succeeded,
      total_failed = excluded.total_failed, shortest_ms = excluded.shortest_ms, longest_ms = excluded.longest_ms, as_of = excluded.as_of
    RETURNING learned_records.agent_workspace, learned_records.agent
  )
  SELECT pg_notify('orchestra_learnt', jsonb_build_array(agent_workspace, agent)::text)
  FROM (SELECT DISTINCT agent_workspace, agent FROM stored) AS agents`;
