import type { Pool } from 'pg';
import type { PlanVersion, PlanVersions } from '../contracts/ports/plan-versions';
import { milliseconds } from './milliseconds';
import { inWorkspace } from './scope';

export function createPlanVersions(pool: Pool): PlanVersions {
  return {
    list: async (workspace, name, limit) => {
      const { rows } = await inWorkspace(pool, workspace).query<PlanVersion>(
        `SELECT hash, ${milliseconds('created_at')} AS "storedAt" FROM plans
         WHERE workspace = $1 AND name = $2 ORDER BY created_at DESC, hash LIMIT $3`,
        [workspace, name, limit],
      );
      return rows;
    },
  };
}
