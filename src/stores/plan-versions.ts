import type { Pool } from 'pg';
import type { NamedPlan, PlanVersion, PlanVersions } from '../contracts/ports/plan-versions';
import { behindAllTimes, milliseconds, timeOf } from './milliseconds';
import { inWorkspace } from './scope';

export function createPlanVersions(pool: Pool): PlanVersions {
  return {
    names: async (workspace, { limit, after: [last] = [''] }) => {
      const { rows } = await inWorkspace(pool, workspace).query<Omit<NamedPlan, 'latest'> & PlanVersion>(
        `SELECT name, count(*)::int AS versions, (array_agg(hash ORDER BY created_at DESC, hash DESC))[1] AS hash,
                ${milliseconds('max(created_at)')} AS "storedAt"
         FROM plans WHERE workspace = $1 AND name > $2 GROUP BY name ORDER BY name LIMIT $3`,
        [workspace, last, limit],
      );
      return rows.map(({ name, versions, ...latest }) => ({ name, versions, latest }));
    },

    list: async (workspace, name, { limit, after: [storedAt, last] = behindAllTimes }) => {
      const { rows } = await inWorkspace(pool, workspace).query<PlanVersion>(
        `SELECT hash, ${milliseconds('created_at')} AS "storedAt" FROM plans
         WHERE workspace = $1 AND name = $2 AND (created_at, hash) < (${timeOf('$3')}, $4)
         ORDER BY created_at DESC, hash DESC LIMIT $5`,
        [workspace, name, storedAt, last, limit],
      );
      return rows;
    },
  };
}
