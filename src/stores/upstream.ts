import type { Pool } from 'pg';
import type { UpstreamReader } from '../contracts/ports/upstream-reader';
import type { RunResult } from '../domain/plan/task-results';
import { inWorkspace } from './scope';

export function createUpstreamReader(pool: Pool): UpstreamReader {
  return {
    runs: async (workspace, session, tasks) => {
      if (tasks.length === 0) return [];
      const { rows } = await inWorkspace(pool, workspace).query<RunResult & { outputHash: string | null }>({
        name: 'upstream-runs',
        text: `SELECT task_runs.task, item, items, is_race AS "isRace", status, coalesce(task_runs.error, outcomes.error) AS error,
                      CASE WHEN verdict = 'succeeded' THEN output_hash END AS "outputHash"
               FROM task_runs LEFT JOIN outcomes USING (workspace, session, run, attempt)
               WHERE workspace = $1 AND session = $2 AND task_runs.task = ANY ($3)`,
        values: [workspace, session, tasks],
      });
      return rows.map(({ outputHash, ...row }) => ({ ...row, outputHash: outputHash ?? undefined }));
    },
  };
}
