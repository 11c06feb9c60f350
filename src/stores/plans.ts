import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import type { LoadedPlan, PlanStore } from '../contracts/ports/plan-store';
import { OrchestraError } from '../domain/errors';
import { inWorkspace } from './scope';

/** Plans by hash. What was loaded once is kept in memory: a plan never changes. */
export function createPlanStore(pool: Pool, prepare: (canonical: string) => Omit<LoadedPlan, 'hash'>): PlanStore {
  const cache = new LRUCache<string, LoadedPlan>({ max: 100 });
  const stored = new LRUCache<string, true>({ max: 1_000 });
  return {
    put: async (workspace, plans) => {
      const isStored = ({ hash }: { hash: string }): boolean => stored.has(`${workspace}/${hash}`);
      if (plans.every(isStored)) return;
      await inWorkspace(pool, workspace).query(
        `INSERT INTO plans (workspace, hash, name, canonical)
         SELECT $1, x.hash, x.name, x.canonical FROM jsonb_to_recordset($2) AS x (hash text, name text, canonical text)
         ON CONFLICT DO NOTHING`,
        [workspace, JSON.stringify(plans)],
      );
      for (const { hash } of plans) stored.set(`${workspace}/${hash}`, true);
    },
    load: async (workspace, hash) => {
      const key = `${workspace}/${hash}`;
      const known = cache.get(key);
      if (known) return known;
      const { rows } = await inWorkspace(pool, workspace).query<{ canonical: string }>(
        'SELECT canonical FROM plans WHERE workspace = $1 AND hash = $2',
        [workspace, hash],
      );
      const [row] = rows;
      if (!row)
        throw new OrchestraError('PLAN_NOT_FOUND', `Workspace "${workspace}" has no plan with the hash ${hash}.`);
      const loaded = { hash, ...prepare(row.canonical) };
      cache.set(key, loaded);
      return loaded;
    },
  };
}
