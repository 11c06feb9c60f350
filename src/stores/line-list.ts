import type { Pool } from 'pg';
import type { LinePlace, PlaceInLine } from '../contracts/ports/routing-reader';
import { priorityAgeMs } from '../domain/line-position';
import { milliseconds } from './milliseconds';
import { inWorkspace } from './scope';

/** Who waits in a workspace, in the order in which room is given out. */
export async function listLine(
  pool: Pool,
  workspace: string,
  limit: number,
  after: PlaceInLine | undefined,
): Promise<LinePlace[]> {
  const { rows } = await inWorkspace(pool, workspace).query<LinePlace>(lineText, [
    workspace,
    limit,
    priorityAgeMs,
    ...(after ?? firstPage),
  ]);
  return rows;
}

const firstPage = [null, null, null, null, null, null, null];

// In the order of domain/routing/line-order.ts, behind those that have an agent already. Priorities go by the time at which the first page was read.
const lineText = `
  WITH waiting AS (
    SELECT session, run, attempt, priority, ${milliseconds('since')} AS since, remaining_ms, waits_for, token IS NOT NULL AS is_granted
    FROM waiting_line WHERE workspace = $1
    UNION ALL
    SELECT waits.session, waits.run, task_runs.attempt + 1, priority, ${milliseconds('since')}, 0, waits_for, false
    FROM budget_waits AS waits JOIN task_runs USING (workspace, session, run)
    WHERE waits.workspace = $1 AND waits_for IS NOT NULL
  ), line AS (
    SELECT waiting.*, at, CASE WHEN is_granted THEN 0 WHEN priority <= 1 THEN 1 ELSE 2 END AS rank,
           CASE WHEN is_granted OR priority <= 1 THEN 0 ELSE priority - floor(greatest(0, at - since) / $3::float8) END AS level,
           CASE WHEN is_granted OR priority <= 1 THEN 0 ELSE -remaining_ms END AS path
    FROM waiting, (SELECT coalesce($4::float8, ${milliseconds('now()')}) AS at) AS asked
  )
  SELECT session, run, attempt, priority, since, waits_for AS "waitsFor", is_granted AS "isGranted",
         jsonb_build_array(at, rank, level, path, since, session, run) AS place
  FROM line
  WHERE $4 IS NULL OR (rank, level, path, since, session, run) > ($5::float8, $6::float8, $7::float8, $8::float8, $9, $10)
  ORDER BY rank, level, path, since, session, run LIMIT $2`;
