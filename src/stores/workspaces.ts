import type { Pool, PoolClient } from 'pg';
import type { WorkspaceMember, WorkspaceOverview, WorkspaceStore } from '../contracts/ports/workspace-store';
import { workspaceEtag } from '../contracts/schemas/etags';
import type { GivenRole } from '../domain/access/roles';
import { lastAdmin } from '../domain/access/workspace-errors';
import { requireMatch } from '../domain/if-match';
import { databaseText } from './database-text';
import { orMadeBefore } from './made-before';
import { milliseconds } from './milliseconds';
import { acrossWorkspaces, inWorkspace } from './scope';
import { inTransaction } from './transaction';

const overview = `workspace, title, ${milliseconds('created_at')} AS "createdAt", created_by AS "createdBy"`;
const member = `subject, role, ${milliseconds('added_at')} AS "addedAt", added_by AS "addedBy"`;

export function createWorkspaceStore(pool: Pool): WorkspaceStore {
  return {
    add: async (workspace, { title, by }, seed) => {
      const { rowCount } = await inWorkspace(pool, workspace).query(
        `INSERT INTO workspaces (workspace, title, created_by, request) VALUES ($1, $2, $3, $4) ${orMadeBefore('workspaces', 'workspace')}`,
        [workspace, databaseText(title), by, seed ?? null],
      );
      return rowCount === 1;
    },

    list: async ({ limit = null, after: [last] = [''] } = {}) => {
      const { rows } = await acrossWorkspaces(pool, 'workspaces').query<WorkspaceOverview>(
        `SELECT ${overview} FROM workspaces WHERE workspace > $1 ORDER BY workspace LIMIT $2`,
        [last, limit],
      );
      return rows;
    },

    find: async (workspace) => {
      const { rows } = await inWorkspace(pool, workspace).query<WorkspaceOverview>(
        `SELECT ${overview} FROM workspaces WHERE workspace = $1`,
        [workspace],
      );
      return rows[0];
    },

    rename: (workspace, title, by, ifMatch) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        // Locks the one that there is.
        const { rows } = await client.query<WorkspaceOverview>(
          `INSERT INTO workspaces AS own (workspace, created_by) VALUES ($1, $2)
           ON CONFLICT (workspace) DO UPDATE SET title = own.title RETURNING ${overview}`,
          [workspace, by],
        );
        const [present] = rows;
        if (!present) throw new Error('an upsert returned no row');
        requireMatch(ifMatch, workspaceEtag(present), `Workspace "${workspace}"`);
        const given = databaseText(title);
        const text = 'UPDATE workspaces SET title = $2 WHERE workspace = $1';
        return { result: { ...present, title: given }, writes: [{ text, values: [workspace, given] }] };
      }),

    members: async (workspace, { limit = null, after: [last] = [''] } = {}) => {
      const { rows } = await inWorkspace(pool, workspace).query<WorkspaceMember>(
        `SELECT ${member} FROM workspace_members WHERE workspace = $1 AND subject > $2 ORDER BY subject LIMIT $3`,
        [workspace, last, limit],
      );
      return rows;
    },

    putMember: (workspace, subject, role, by) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        if (role !== 'admin') await keepAnAdmin(client, workspace, subject);
        const { rows } = await client.query<WorkspaceMember>(
          `INSERT INTO workspace_members (workspace, subject, role, added_by) VALUES ($1, $2, $3, $4)
           ON CONFLICT (workspace, subject) DO UPDATE SET role = excluded.role, added_at = now(), added_by = excluded.added_by RETURNING ${member}`,
          [workspace, databaseText(subject), role, by],
        );
        const [put] = rows;
        if (!put) throw new Error('an upsert returned no row');
        return { result: put, writes: [] };
      }),

    removeMember: (workspace, subject) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        await keepAnAdmin(client, workspace, subject);
        const { rowCount } = await client.query('DELETE FROM workspace_members WHERE workspace = $1 AND subject = $2', [
          workspace,
          databaseText(subject),
        ]);
        return { result: rowCount !== 0, writes: [] };
      }),

    membershipsOf: async (subject) => {
      const { rows } = await acrossWorkspaces(pool, 'tokens').query<{ workspace: string; role: GivenRole }>(
        'SELECT workspace, role FROM workspace_members WHERE subject = $1 ORDER BY workspace',
        [databaseText(subject)],
      );
      return rows;
    },
  };
}

/** Locks the admins, so that of two who remove each other one stays. Throws LAST_ADMIN where nobody but the subject is one. */
async function keepAnAdmin(client: PoolClient, workspace: string, subject: string): Promise<void> {
  const { rows } = await client.query<{ subject: string }>(
    `SELECT subject FROM workspace_members WHERE workspace = $1 AND role = 'admin' ORDER BY subject FOR UPDATE`,
    [workspace],
  );
  if (rows.length === 1 && rows[0]?.subject === databaseText(subject)) throw lastAdmin(workspace, subject);
}
