import type { Pool } from 'pg';
import type { AttemptStore, Beginning, Settlement } from '../contracts/ports/attempt-store';
import type { RunTaskInput } from '../contracts/protocol/activities';
import type { Verdict } from '../domain/verdict';
import type { CachingArtifactStore } from './artifacts';
import { groupBy } from '../domain/learning/insights/units';
import { batchedBy } from './batch';
import { databaseJson } from './database-text';
import { lockedLeasesOf } from './locked-leases';
import { distinctOutputs, settleStatement } from './settle-statement';
import { inWorkspace } from './scope';
import type { Scope } from './scope';
import { selectUpstream, toRunResult } from './upstream';
import type { UpstreamRow } from './upstream';

export interface AttemptStoreOptions {
  retentionDays: number;
  /** Told of the outputs that are stored with settlements: a dependent task may be next to want them. */
  keepAtHand?: CachingArtifactStore['keepAtHand'];
}

/**
 * Of 100 attempts in parallel only two or three come while the group before is under way, and each group is a transaction: larger ones cost PostgreSQL
 * a quarter to a third less.
 */
const gatherMs = 10;

/** PostgreSQL takes no statement of 1 GiB, and both sides hold all of it in memory. */
const maxSettleBytes = 32 * 1024 * 1024;

export function createAttemptStore(pool: Pool, options: AttemptStoreOptions): AttemptStore {
  const begin = batchedBy<BeginCall, Beginning>(
    workspaceOf,
    (calls, workspace) => beginAll(inWorkspace(pool, workspace), calls),
    { gatherMs },
  );
  const settle = batchedBy<Settlement, void>(
    ({ attempt }) => attempt.workspace,
    (calls, workspace) => settleAll(inWorkspace(pool, workspace), calls, options),
    {
      bytesOf: ({ output }) => output?.body.length ?? 0,
      maxBytes: maxSettleBytes,
      gatherMs,
    },
  );
  return {
    begin: (attempt, holder) => begin({ ...attempt, holder }),
    settle,
    extend: async (leases, leaseMs) => {
      const answers = await Promise.all(
        [...groupBy(leases, workspaceOf)].map(([workspace, own]) =>
          inWorkspace(pool, workspace).query<{ token: number; cancelled: boolean }>({
            name: 'extend-leases',
            text: extendText,
            values: [databaseJson(own), leaseMs],
          }),
        ),
      );
      const rows = answers.flatMap((answer) => answer.rows);
      const wanted = new Set(rows.filter(({ cancelled }) => !cancelled).map(({ token }) => token));
      return leases.filter(({ token }) => !wanted.has(token));
    },
  };
}

const workspaceOf = ({ workspace }: { workspace: string }): string => workspace;

type BeginCall = RunTaskInput & { holder: string };

interface BegunRow {
  nth: number;
  verdict: Verdict | null;
  retryable: boolean | null;
  retry_after_ms: number | null;
  begun: boolean;
  plan_name: string;
  plan_hash: string;
  inputs_hash: string;
  base_directory: string;
  agent: string;
  agent_workspace: string | null;
  lease_ms: number;
  cancelled: boolean;
  to_offer: boolean;
  model: string | null;
  timeout_ms: number | null;
  upstream: UpstreamRow[] | null;
  locks_nothing_shared: boolean;
}

async function beginAll(scope: Scope, calls: BeginCall[]): Promise<Beginning[]> {
  const { rows } = await scope.query<BegunRow>({
    name: 'begin-attempts',
    text: beginText,
    values: [JSON.stringify(calls.map((call, nth) => ({ ...call, nth })))],
  });
  const byCall = new Map(rows.map((row) => [row.nth, row]));
  return calls.map((_, nth) => toBeginning(byCall.get(nth)));
}

function toBeginning(row: BegunRow | undefined): Beginning {
  if (!row) return { kind: 'refused' };
  if (row.verdict !== null) {
    return {
      kind: 'settled',
      verdict: row.verdict,
      retryable: row.retryable ?? true,
      ...(row.retry_after_ms !== null && { retryAfterMs: row.retry_after_ms }),
    };
  }
  const terms = {
    ...(row.model !== null && { model: row.model }),
    ...(row.timeout_ms !== null && { timeoutMs: row.timeout_ms }),
  };
  if (row.to_offer) return { kind: 'remote', attempt: { planHash: row.plan_hash, ...terms } };
  if (!row.begun) return { kind: 'refused' };
  return {
    kind: 'begun',
    attempt: {
      planName: row.plan_name,
      planHash: row.plan_hash,
      inputsHash: row.inputs_hash,
      baseDirectory: row.base_directory,
      agent: row.agent,
      ...(row.agent_workspace !== null && { agentWorkspace: row.agent_workspace }),
      leaseMs: row.lease_ms,
      isCancelled: row.cancelled,
      ...(row.locks_nothing_shared && { locksNothingShared: true as const }),
      ...(row.upstream && { upstream: row.upstream.map(toRunResult) }),
      ...terms,
    },
  };
}

// Whether a lease is open is asked of the row that is held: asked of the table, it would be looked for among all that are open.
const beginText = `
  WITH calls AS (
    SELECT * FROM jsonb_to_recordset($1) AS x (nth int, workspace text, session text, run text, attempt int, token bigint, holder text, needs text[])
  ), held AS (
    SELECT calls.nth, calls.holder AS caller, calls.needs, lease.*, lease.agent_workspace IS NOT NULL AND is_remote_agent(lease.agent_workspace, lease.agent) AS is_remote
    FROM ${lockedLeasesOf('calls')}
  ), begun AS (
    UPDATE leases SET begun_at = coalesce(leases.begun_at, now()), holder = held.caller,
      expires_at = now() + (sessions.settings ->> 'leaseMs')::int * interval '1 millisecond'
    FROM held JOIN sessions ON sessions.workspace = held.workspace AND sessions.id = held.session
    WHERE leases.workspace = held.workspace AND leases.session = held.session AND leases.run = held.run AND leases.attempt = held.attempt
      AND held.released_at IS NULL AND NOT held.is_remote
      AND (leases.holder = held.caller OR (leases.holder IS NULL AND leases.expires_at > now()))
    RETURNING held.nth
  )
  SELECT held.nth, outcomes.verdict, outcomes.retryable, outcomes.retry_after_ms,
         begun.nth IS NOT NULL AS begun, sessions.plan_name, sessions.plan_hash, sessions.inputs_hash, sessions.base_directory,
         held.agent, held.agent_workspace, held.model, held.timeout_ms, (sessions.settings ->> 'leaseMs')::int AS lease_ms, held.cancelled_at IS NOT NULL AS cancelled,
         held.agent_workspace IS NULL AND held.resources IS NULL AND held.accounts = '{}' AS locks_nothing_shared,
         held.is_remote AND held.begun_at IS NULL AND held.released_at IS NULL AND held.expires_at > now() AS to_offer,
         CASE WHEN begun.nth IS NOT NULL AND held.needs IS NOT NULL THEN (
           SELECT jsonb_agg(to_jsonb(found)) FROM (${selectUpstream({ workspace: 'held.workspace', session: 'held.session', tasks: 'held.needs' })}) AS found
         ) END AS upstream
  FROM held
  JOIN sessions ON sessions.workspace = held.workspace AND sessions.id = held.session
  LEFT JOIN outcomes ON outcomes.workspace = held.workspace AND outcomes.session = held.session
    AND outcomes.run = held.run AND outcomes.attempt = held.attempt
  LEFT JOIN begun ON begun.nth = held.nth`;

async function settleAll(
  scope: Scope,
  calls: Settlement[],
  { retentionDays, keepAtHand }: AttemptStoreOptions,
): Promise<void[]> {
  await scope.query(settleStatement(calls, retentionDays));
  for (const { workspace, ...artifact } of distinctOutputs(calls)) keepAtHand?.(workspace, artifact);
  return calls.map(() => undefined);
}

const extendText = `
  WITH running AS (
    SELECT * FROM jsonb_to_recordset($1) AS x (workspace text, session text, run text, attempt int, token bigint, percent real, message text)
  ), held AS (
    SELECT calls.*, released_at IS NULL AS is_open FROM ${lockedLeasesOf('running')}
  )
  UPDATE leases SET expires_at = now() + $2 * interval '1 millisecond',
    progress_percent = coalesce(held.percent, progress_percent), progress_message = coalesce(held.message, progress_message)
  FROM held
  WHERE is_open AND leases.workspace = held.workspace AND leases.session = held.session AND leases.run = held.run AND leases.attempt = held.attempt
  RETURNING leases.token, leases.cancelled_at IS NOT NULL AS cancelled`;
