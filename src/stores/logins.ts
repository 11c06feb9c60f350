import type { Pool } from 'pg';
import type { LoginStore } from '../contracts/ports/login-store';
import type { Principal, Role } from '../domain/access/roles';
import type { TaskScope } from '../domain/access/task-scope';
import { milliseconds } from './milliseconds';
import { acrossWorkspaces, inWorkspace } from './scope';

interface Row {
  workspace: string;
  subject: string;
  role: Role;
  scope: TaskScope | null;
  hash: Buffer;
  expiresAt: number;
}

export function createLoginStore(pool: Pool): LoginStore {
  return {
    add: async ({ workspace, subject, role, scope }, { id, hash, expiresAt }) => {
      await inWorkspace(pool, workspace).query('DELETE FROM logins WHERE workspace = $1 AND expires_at < now()', [
        workspace,
      ]);
      await inWorkspace(pool, workspace).query(
        `INSERT INTO logins (workspace, id, subject, role, scope, hash, expires_at) VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7::float8 / 1000))`,
        [workspace, id, subject, role, scope && JSON.stringify(scope), hash, expiresAt],
      );
    },
    remove: async (workspace, id) => {
      await inWorkspace(pool, workspace).query('DELETE FROM logins WHERE workspace = $1 AND id = $2', [workspace, id]);
    },
    find: async (id) => {
      const { rows } = await acrossWorkspaces(pool, 'tokens').query<Row>(
        `SELECT workspace, subject, role, scope, hash, ${milliseconds('expires_at')} AS "expiresAt" FROM logins WHERE id = $1`,
        [id],
      );
      const [row] = rows;
      if (!row) return undefined;
      const { workspace, subject, role, scope, hash, expiresAt } = row;
      const principal: Principal = { workspace, subject, role, ...(scope && { scope }) };
      return { id, principal, hash, expiresAt };
    },
  };
}
