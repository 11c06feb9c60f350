import type { Pool } from 'pg';
import type { UpstreamReader } from '../contracts/ports/upstream-reader';
import type { RunResult } from '../domain/plan/task-results';
import { inWorkspace } from './scope';

export function createUpstreamReader(pool: Pool): UpstreamReader {
  return {
    runs: async (workspace, session, tasks) => {
      if (tasks.length === 0) return [];
      const { rows } = await inWorkspace(pool, workspace).query<UpstreamRow>({
        name: 'upstream-runs',
        text: selectUpstream({ workspace: '$1', session: '$2', tasks: '$3::text[]' }),
        values: [workspace, session, tasks],
      });
      return rows.map(toRunResult);
    },
  };
}

export type UpstreamRow = Omit<RunResult, 'outputHash'> & { outputHash: string | null };

/**
 * What the named tasks of a session have come to, and the items of fan-outs and races among them, by expressions of SQL. Each row is found by its key,
 * whatever PostgreSQL thinks of how many there are: a session may have thousands.
 */
export function selectUpstream({
  workspace,
  session,
  tasks,
}: Record<'workspace' | 'session' | 'tasks', string>): string {
  return `
    SELECT one.task, item, items, is_race AS "isRace", status, coalesce(one.error, come.error) AS error, "outputHash"
    FROM unnest(${tasks}) AS wanted (task)
    CROSS JOIN LATERAL (
      SELECT position FROM task_runs WHERE workspace = ${workspace} AND session = ${session} AND run = wanted.task OFFSET 0
    ) AS own
    CROSS JOIN LATERAL (
      SELECT * FROM task_runs
      WHERE workspace = ${workspace} AND session = ${session} AND position = own.position AND task_runs.task = wanted.task OFFSET 0
    ) AS one
    LEFT JOIN LATERAL (
      SELECT outcomes.error, CASE WHEN verdict = 'succeeded' THEN output_hash END AS "outputHash" FROM outcomes
      WHERE workspace = ${workspace} AND session = ${session} AND run = one.run AND attempt = one.attempt OFFSET 0
    ) AS come ON true`;
}

export function toRunResult({ outputHash, ...row }: UpstreamRow): RunResult {
  return { ...row, outputHash: outputHash ?? undefined };
}
