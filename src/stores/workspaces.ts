import type { Pool } from 'pg';
import type { WorkspaceMember, WorkspaceOverview, WorkspaceStore } from '../contracts/ports/workspace-store';
import type { GivenRole } from '../domain/access/roles';
import { databaseText } from './database-text';
import { milliseconds } from './milliseconds';
import { acrossWorkspaces, inWorkspace } from './scope';

const overview = `workspace, title, ${milliseconds('created_at')} AS "createdAt", created_by AS "createdBy"`;
const member = `subject, role, ${milliseconds('added_at')} AS "addedAt", added_by AS "addedBy"`;

export function createWorkspaceStore(pool: Pool): WorkspaceStore {
  return {
    add: async (workspace, { title, by }) => {
      const { rowCount } = await inWorkspace(pool, workspace).query(
        'INSERT INTO workspaces (workspace, title, created_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [workspace, databaseText(title), by],
      );
      return rowCount === 1;
    },

    list: async () => {
      const { rows } = await acrossWorkspaces(pool, 'workspaces').query<WorkspaceOverview>(
        `SELECT ${overview} FROM workspaces ORDER BY workspace`,
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

    rename: async (workspace, title) => {
      const { rows } = await inWorkspace(pool, workspace).query<WorkspaceOverview>(
        `UPDATE workspaces SET title = $2 WHERE workspace = $1 RETURNING ${overview}`,
        [workspace, databaseText(title)],
      );
      return rows[0];
    },

    members: async (workspace) => {
      const { rows } = await inWorkspace(pool, workspace).query<WorkspaceMember>(
        `SELECT ${member} FROM workspace_members WHERE workspace = $1 ORDER BY subject`,
        [workspace],
      );
      return rows;
    },

    putMember: async (workspace, subject, role, by) => {
      const { rows } = await inWorkspace(pool, workspace).query<WorkspaceMember>(
        `INSERT INTO workspace_members (workspace, subject, role, added_by) VALUES ($1, $2, $3, $4)
         ON CONFLICT (workspace, subject) DO UPDATE SET role = excluded.role, added_at = now(), added_by = excluded.added_by RETURNING ${member}`,
        [workspace, databaseText(subject), role, by],
      );
      const [put] = rows;
      if (!put) throw new Error('an upsert returned no row');
      return put;
    },

    removeMember: async (workspace, subject) => {
      const { rowCount } = await inWorkspace(pool, workspace).query(
        'DELETE FROM workspace_members WHERE workspace = $1 AND subject = $2',
        [workspace, databaseText(subject)],
      );
      return rowCount !== 0;
    },

    membershipsOf: async (subject) => {
      const { rows } = await acrossWorkspaces(pool, 'tokens').query<{ workspace: string; role: GivenRole }>(
        'SELECT workspace, role FROM workspace_members WHERE subject = $1 ORDER BY workspace',
        [databaseText(subject)],
      );
      return rows;
    },
  };
}
