import type { Pool } from 'pg';
import type { NamedPlan, PlanVersion, PlanVersions } from '../contracts/ports/plan-versions';
import { milliseconds } from './milliseconds';
import { inWorkspace } from './scope';

export function createPlanVersions(pool: Pool): PlanVersions {
  return {
    names: async (workspace, limit, after) => {
      const { rows } = await inWorkspace(pool, workspace).query<Omit<NamedPlan, 'latest'> & PlanVersion>(
        `SELECT name, count(*)::int AS versions, (array_agg(hash ORDER BY created_at DESC, hash))[1] AS hash,
                ${milliseconds('max(created_at)')} AS "storedAt"
         FROM plans WHERE workspace = $1 AND ($2::text IS NULL OR name > $2) GROUP BY name ORDER BY name LIMIT $3`,
        [workspace, after ?? null, limit],
      );
      return rows.map(({ name, versions, ...latest }) => ({ name, versions, latest }));
    },

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
