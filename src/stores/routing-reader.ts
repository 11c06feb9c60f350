import type { Pool } from 'pg';
import type { LinePlace, RoutingReader, StoredAssignment } from '../contracts/ports/routing-reader';
import { milliseconds } from './milliseconds';

export function createRoutingReader(pool: Pool): RoutingReader {
  return {
    line: async (workspace, limit) => {
      const { rows } = await pool.query<LinePlace>(
        `SELECT session, run, attempt, priority, ${milliseconds('since')} AS since, waits_for AS "waitsFor",
                token IS NOT NULL AS "isGranted"
         FROM waiting_line WHERE workspace = $1 ORDER BY priority, waiting_line.since, session, run LIMIT $2`,
        [workspace, limit],
      );
      return rows;
    },

    assignments: async (workspace, session, task) => {
      const { rows } = await pool.query<StoredAssignment>(
        `SELECT run, attempt, ${milliseconds('at')} AS at, assignment FROM assignments
         WHERE workspace = $1 AND session = $2 AND (run = $3 OR starts_with(run, $3 || '['))
         ORDER BY assignments.at, run, attempt`,
        [workspace, session, task],
      );
      return rows;
    },
  };
}
