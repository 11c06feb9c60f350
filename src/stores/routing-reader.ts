import type { Pool } from 'pg';
import type { RoutingReader, StoredOutcome } from '../contracts/ports/routing-reader';
import { readAssignments } from './assignment-batches';
import { listLine } from './line-list';
import { createExampleReader } from './past-examples';
import { createRoutingHistory } from './routing-history';
import { inWorkspace } from './scope';

export function createRoutingReader(pool: Pool): RoutingReader {
  return {
    line: (workspace, limit, after) => listLine(pool, workspace, limit, after),

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
