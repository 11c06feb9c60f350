import type { Pool } from 'pg';
import type { LinePlace, RoutingReader, StoredOutcome } from '../contracts/ports/routing-reader';
import { readAssignments } from './assignment-batches';
import { createExampleReader } from './past-examples';
import { createRoutingHistory } from './routing-history';
import { milliseconds, timeOf } from './milliseconds';
import { inWorkspace } from './scope';

export function createRoutingReader(pool: Pool): RoutingReader {
  return {
    line: async (workspace, limit, after) => {
      const { rows } = await inWorkspace(pool, workspace).query<LinePlace>(
        `SELECT session, run, attempt, priority, ${milliseconds('since')} AS since, "waitsFor", "isGranted" FROM (
           SELECT session, run, attempt, priority, since, waits_for AS "waitsFor", token IS NOT NULL AS "isGranted"
           FROM waiting_line WHERE workspace = $1
           UNION ALL
           SELECT waits.session, waits.run, task_runs.attempt + 1, priority, since, waits_for, false
           FROM budget_waits AS waits JOIN task_runs USING (workspace, session, run)
           WHERE waits.workspace = $1 AND waits_for IS NOT NULL
         ) AS line
         WHERE (priority, line.since, session, run) > ($3::bigint, ${timeOf('$4')}, $5, $6)
         ORDER BY priority, line.since, session, run LIMIT $2`,
        [workspace, limit, ...(after ?? [0, -Infinity, '', ''])],
      );
      return rows;
    },

    ...createExampleReader(pool),
    ...createRoutingHistory(pool),

    outcomes: async (workspace, session, task) => {
      const { rows } = await inWorkspace(pool, workspace).query<StoredOutcome>(
        `SELECT run, attempt, CASE WHEN agent_workspace <> $1 THEN agent_workspace || '/' || agent ELSE agent END AS agent, verdict,
                duration_ms::float8 AS "durationMs", cost_usd::float8 AS "costUsd", tokens::float8 AS tokens, model, work, handoffs, error
         FROM outcomes WHERE workspace = $1 AND session = $2 AND task = $3 ORDER BY ended_at, run, attempt`,
        [workspace, session, task],
      );
      return rows;
    },

    assignments: (workspace, session, task) => readAssignments(pool, workspace, session, task),
  };
}
