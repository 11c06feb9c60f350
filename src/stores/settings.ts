import type { Pool } from 'pg';
import type { SettingsStore } from '../contracts/ports/settings-store';
import { checkOptionKeys, parseWorkspaceOptions } from '../contracts/schemas/workspace-options';
import type { WorkspaceOptions } from '../domain/settings/workspace-settings';
import { inTransaction } from './transaction';

export function createSettingsStore(pool: Pool): SettingsStore {
  return {
    of: async (workspace) => {
      const { rows } = await pool.query<{ options: WorkspaceOptions }>(
        'SELECT options FROM workspace_settings WHERE workspace = $1',
        [workspace],
      );
      return rows[0]?.options ?? {};
    },

    change: (workspace, { set, unset }) =>
      inTransaction(pool, async (client) => {
        // Two who change different keys at once change both.
        const { rows } = await client.query<{ options: WorkspaceOptions }>(
          `INSERT INTO workspace_settings AS own (workspace) VALUES ($1)
           ON CONFLICT (workspace) DO UPDATE SET options = own.options RETURNING options`,
          [workspace],
        );
        const changed = { ...rows[0]?.options, ...set };
        // A key that does not exist is no less a mistake where it is unset.
        checkOptionKeys(unset);
        const result = parseWorkspaceOptions(
          Object.fromEntries(Object.entries(changed).filter(([key]) => !unset.includes(key))),
        );
        const text = `UPDATE workspace_settings SET options = $2, updated_at = now() WHERE workspace = $1`;
        return { result, writes: [{ text, values: [workspace, JSON.stringify(result)] }] };
      }),
  };
}
