import type { Pool } from 'pg';
import type { ConflictStore } from '../contracts/ports/conflict-store';
import { readClaims } from './resource-claims';
import { acrossWorkspaces, inWorkspace } from './scope';

export function createConflictStore(pool: Pool): ConflictStore {
  return {
    waitingWorkspaces: async () => {
      const { rows } = await acrossWorkspaces(pool, 'conflicts').query<{ workspace: string }>(
        'SELECT DISTINCT workspace FROM resource_waits ORDER BY workspace',
      );
      return rows.map(({ workspace }) => workspace);
    },

    claims: (workspace) => readClaims(inWorkspace(pool, workspace), workspace),

    tell: async (workspace, tickets, patienceMs) => {
      if (tickets.length === 0) return [];
      const { rows } = await inWorkspace(pool, workspace).query<{ ticket: number }>({
        name: 'tell-waiters',
        // In key order, as turns delete them; of those that are being deleted nobody needs to be told.
        text: `WITH untold AS (
                 SELECT session, run FROM resource_waits
                 WHERE workspace = $1 AND ticket = ANY ($2)
                   AND (told_at IS NULL OR told_at <= now() - $3 * interval '1 millisecond')
                 ORDER BY session, run FOR UPDATE SKIP LOCKED
               )
               UPDATE resource_waits AS wait SET told_at = now() FROM untold
               WHERE wait.workspace = $1 AND wait.session = untold.session AND wait.run = untold.run RETURNING ticket`,
        values: [workspace, tickets, patienceMs],
      });
      return rows.map(({ ticket }) => ticket);
    },
  };
}
