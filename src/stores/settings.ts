import type { Pool, QueryConfig } from 'pg';
import type { SettingsStore } from '../contracts/ports/settings-store';
import { settingsEtag } from '../contracts/schemas/etags';
import { checkOptionKeys, parseWorkspaceOptions } from '../contracts/schemas/workspace-options';
import { placesAccount } from '../domain/budget/accounts';
import { requireMatch } from '../domain/if-match';
import type { WorkspaceOptions } from '../domain/settings/workspace-settings';
import { inTransaction } from './transaction';
import { inWorkspace } from './scope';

export function createSettingsStore(pool: Pool): SettingsStore {
  return {
    of: async (workspace) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ options: WorkspaceOptions }>(
        'SELECT options FROM workspace_settings WHERE workspace = $1',
        [workspace],
      );
      return rows[0]?.options ?? {};
    },

    change: (workspace, { set, unset }, ifMatch) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        // Locks what there is: two who change different keys at once change both.
        const { rows } = await client.query<{ options: WorkspaceOptions }>(
          `INSERT INTO workspace_settings AS own (workspace) VALUES ($1)
           ON CONFLICT (workspace) DO UPDATE SET options = own.options RETURNING options`,
          [workspace],
        );
        const present = rows[0]?.options ?? {};
        requireMatch(ifMatch, settingsEtag(present), 'What the workspace says');
        const changed = { ...present, ...set };
        // A key that does not exist is no less a mistake where it is unset.
        checkOptionKeys(unset, ['unset']);
        const result = parseWorkspaceOptions(
          Object.fromEntries(Object.entries(changed).filter(([key]) => !unset.includes(key))),
          ['set'],
        );
        const text = 'UPDATE workspace_settings SET options = $2, updated_at = now() WHERE workspace = $1';
        const write = { text, values: [workspace, JSON.stringify(result)] };
        const isLimited = result.maxConcurrent !== undefined;
        const isSharedOtherwise = result.shareInsights !== present.shareInsights;
        return {
          result,
          writes: [
            write,
            ...(isLimited ? countThoseInFlight(workspace) : []),
            ...(isSharedOtherwise ? [lookAgainAtShared(workspace)] : []),
          ],
        };
      }),
  };
}

/** What is known of agents may cross from now on, or may not any more: all who route read them again. */
function lookAgainAtShared(workspace: string): QueryConfig {
  return {
    text: `SELECT pg_notify('orchestra_agents', jsonb_build_array(workspace, name)::text) FROM agents
           WHERE shared AND (workspace = $1 OR wants_insights(workspace, 'out'))`,
    values: [workspace],
  };
}

/** Attempts that were taken before there was a limit count against it, until they end. */
function countThoseInFlight(workspace: string): QueryConfig[] {
  const values = [workspace, placesAccount];
  return [
    {
      text: `INSERT INTO budget_accounts (workspace, account, unit) VALUES ($1, $2, 'attempts') ON CONFLICT DO NOTHING`,
      values,
    },
    {
      text: `WITH uncounted AS (
               SELECT session, run, attempt FROM leases
               WHERE workspace = $1 AND released_at IS NULL AND accounts IS NOT NULL AND NOT $2 = ANY (accounts)
               ORDER BY session, run, attempt FOR UPDATE
             ), marked AS (
               UPDATE leases SET accounts = accounts || $2 FROM uncounted
               WHERE workspace = $1 AND leases.session = uncounted.session AND leases.run = uncounted.run
                 AND leases.attempt = uncounted.attempt
               RETURNING leases.session, leases.run, leases.attempt, token
             )
             INSERT INTO ledger (workspace, session, run, attempt, token, entry, accounts, reserved_attempts, kept_attempts, spent_attempts)
             SELECT $1, session, run, attempt, token, 'counted', ARRAY[$2], 1, 0, 0 FROM marked`,
      values,
    },
  ];
}
