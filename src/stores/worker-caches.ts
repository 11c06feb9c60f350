import type { Pool } from 'pg';
import type { CacheCounts, WorkerCaches } from '../contracts/ports/worker-caches';
import { milliseconds } from './milliseconds';
import { inWorkspace } from './scope';

export function createWorkerCaches(pool: Pool): WorkerCaches {
  return {
    report: async (workspace, worker, { asked, read }) => {
      await inWorkspace(pool, workspace).query(
        `WITH gone AS (DELETE FROM worker_caches WHERE workspace = $1 AND reported_at < now() - interval '1 day')
         INSERT INTO worker_caches (workspace, worker, asked, read) VALUES ($1, $2, $3, $4)
         ON CONFLICT (workspace, worker) DO UPDATE SET asked = excluded.asked, read = excluded.read, reported_at = now()`,
        [workspace, worker, asked, read],
      );
    },

    list: async (workspace) => {
      const { rows } = await inWorkspace(pool, workspace).query<CacheCounts & { worker: string; at: number }>(
        `SELECT worker, asked, read, ${milliseconds('reported_at')} AS at FROM worker_caches
         WHERE workspace = $1 AND reported_at > now() - interval '10 minutes' ORDER BY worker`,
        [workspace],
      );
      return rows;
    },
  };
}
