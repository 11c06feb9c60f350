import type { Pool } from 'pg';
import type { ApiTokenOverview, ApiTokenStore } from '../contracts/ports/api-tokens';
import type { Role } from '../domain/access/roles';
import type { TaskScope } from '../domain/access/task-scope';
import { beforeAllTimes, milliseconds, timeOf } from './milliseconds';
import { acrossWorkspaces, inWorkspace } from './scope';

export function createApiTokenStore(pool: Pool): ApiTokenStore {
  return {
    add: async (workspace, { id, name, role, hash, expiresAt, scope }) => {
      await inWorkspace(pool, workspace).query(
        `INSERT INTO api_tokens (workspace, id, name, role, hash, expires_at, scope) VALUES ($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000), $7)
         ON CONFLICT (workspace, id) DO UPDATE SET
           name = excluded.name, role = excluded.role, hash = excluded.hash, expires_at = excluded.expires_at, scope = excluded.scope`,
        [workspace, id, name, role, hash, expiresAt, scope && JSON.stringify(scope)],
      );
    },
    list: async (workspace, { limit = null, after: [createdAt, last] = beforeAllTimes } = {}) => {
      const { rows } = await inWorkspace(pool, workspace).query<ApiTokenOverview & { scope: TaskScope | null }>(
        `SELECT id, name, role, scope, ${milliseconds('created_at')} AS "createdAt", ${milliseconds('expires_at')} AS "expiresAt"
         FROM api_tokens WHERE workspace = $1 AND expires_at > now()
           AND (created_at, id) > (${timeOf('$2')}, $3)
         ORDER BY created_at, id LIMIT $4`,
        [workspace, createdAt, last, limit],
      );
      return rows.map(({ scope, ...token }) => ({ ...token, ...(scope && { scope }) }));
    },
    revoke: async (workspace, id) => {
      const { rowCount } = await inWorkspace(pool, workspace).query(
        'DELETE FROM api_tokens WHERE workspace = $1 AND id = $2',
        [workspace, id],
      );
      return rowCount !== 0;
    },
    find: async (id) => {
      const { rows } = await acrossWorkspaces(pool, 'tokens').query<{
        workspace: string;
        name: string;
        role: Role;
        hash: Buffer;
        scope: TaskScope | null;
        expiresAt: number;
      }>({
        name: 'find-api-token',
        text: `SELECT workspace, name, role, hash, scope, ${milliseconds('expires_at')} AS "expiresAt" FROM api_tokens WHERE id = $1`,
        values: [id],
      });
      const [row] = rows;
      if (!row) return undefined;
      const { workspace, name, role, hash, scope, expiresAt } = row;
      return {
        principal: { workspace, role, subject: `token:${name}/${id}`, ...(scope && { scope }) },
        hash,
        expiresAt,
      };
    },
  };
}
