import type { QueryConfig } from 'pg';
import type { Artifact } from '../contracts/ports/artifact-store';
import type { NewSession } from '../contracts/ports/session-catalog';
import type { AccountLimit, WorkspaceLimit } from '../domain/budget/accounts';
import { keepArtifacts } from './artifact-writing';
import { tokensText } from './lease-tokens';

/** Of a session that was added just now. */
export interface AddedRow {
  budgets: AccountLimit[];
  workspace_limits: WorkspaceLimit[] | null;
  tokens: number[] | null;
  now_ms: number;
}

/** What the workspace is limited to, of the rows of `lockSession` and of new sessions. */
export const workspaceLimitsText = `
  (SELECT jsonb_agg(jsonb_build_object('period', period, 'unit', unit, 'limit', amount_limit) ORDER BY period, unit)
   FROM workspace_limits WHERE workspace = $1)`;

/** Adds a session and its inputs; no row where the id is taken. `tokens`: for leases, so many. */
export function addSession(
  session: NewSession,
  { inputs, retentionDays, tokens = 0 }: { inputs: Artifact; retentionDays: number; tokens?: number },
): QueryConfig {
  return {
    name: 'add-session',
    text: addSessionText,
    values: [
      session.workspace,
      session.id,
      session.planName,
      session.planHash,
      inputs.hash,
      session.baseDirectory,
      session.mode,
      JSON.stringify(session.settings),
      JSON.stringify(session.progress),
      inputs.body,
      retentionDays,
      tokens,
    ],
  };
}

const addSessionText = `
  WITH kept AS (${keepArtifacts('(VALUES ($1::text, $5::text, $10::bytea))', '$11::float8')})
  INSERT INTO sessions (workspace, id, plan_name, plan_hash, inputs_hash, base_directory, mode, settings, status, progress)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'running', $9) ON CONFLICT DO NOTHING
  RETURNING budgets, ${workspaceLimitsText} AS workspace_limits, ${tokensText('$12')} AS tokens,
    (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms`;
