import type { Pool } from 'pg';
import type { AttemptStore, Beginning, Settlement } from '../contracts/ports/attempt-store';
import type { RunTaskInput } from '../contracts/protocol/activities';
import type { Verdict } from '../domain/verdict';
import type { CachingArtifactStore } from './artifacts';
import { batched } from './batch';
import { databaseJson } from './database-text';
import { isRemote } from './remote-agent';

export interface AttemptStoreOptions {
  retentionDays: number;
  /** Told of the outputs that are stored with settlements: a dependent task may be next to want them. */
  keepAtHand?: CachingArtifactStore['keepAtHand'];
}

/** PostgreSQL takes no statement of 1 GiB, and both sides hold all of it in memory. */
const maxSettleBytes = 32 * 1024 * 1024;

export function createAttemptStore(pool: Pool, options: AttemptStoreOptions): AttemptStore {
  const begin = batched<BeginCall, Beginning>((calls) => beginAll(pool, calls));
  const settle = batched<Settlement, void>((calls) => settleAll(pool, calls, options), {
    bytesOf: ({ output }) => output?.body.length ?? 0,
    maxBytes: maxSettleBytes,
  });
  return {
    begin: (attempt, holder) => begin({ ...attempt, holder }),
    settle,
    extend: async (leases, leaseMs) => {
      if (leases.length === 0) return [];
      const { rows } = await pool.query<{ token: number; cancelled: boolean }>({
        name: 'extend-leases',
        text: extendText,
        values: [databaseJson(leases), leaseMs],
      });
      const wanted = new Set(rows.filter(({ cancelled }) => !cancelled).map(({ token }) => token));
      return leases.filter(({ token }) => !wanted.has(token));
    },
  };
}

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
}

async function beginAll(pool: Pool, calls: BeginCall[]): Promise<Beginning[]> {
  const { rows } = await pool.query<BegunRow>({
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
      ...terms,
    },
  };
}

// Locks are taken in key order, here and in every other statement on leases.
const beginText = `
  WITH calls AS (
    SELECT * FROM jsonb_to_recordset($1) AS x (nth int, workspace text, session text, run text, attempt int, token bigint, holder text)
  ), held AS (
    SELECT calls.nth, calls.holder AS caller, lease.*, coalesce(${isRemote}, false) AS is_remote
    FROM calls JOIN leases AS lease USING (workspace, session, run, attempt, token)
    LEFT JOIN agents ON agents.workspace = lease.agent_workspace AND agents.name = lease.agent
    ORDER BY lease.workspace, session, run, attempt FOR UPDATE OF lease
  ), begun AS (
    UPDATE leases SET begun_at = coalesce(leases.begun_at, now()), holder = held.caller,
      expires_at = now() + (sessions.settings ->> 'leaseMs')::int * interval '1 millisecond'
    FROM held JOIN sessions ON sessions.workspace = held.workspace AND sessions.id = held.session
    WHERE leases.workspace = held.workspace AND leases.session = held.session AND leases.run = held.run AND leases.attempt = held.attempt
      AND leases.released_at IS NULL AND NOT held.is_remote
      AND (leases.holder = held.caller OR (leases.begun_at IS NULL AND leases.expires_at > now()))
    RETURNING held.nth
  )
  SELECT held.nth, outcomes.verdict, outcomes.retryable, outcomes.retry_after_ms,
         begun.nth IS NOT NULL AS begun, sessions.plan_name, sessions.plan_hash, sessions.inputs_hash, sessions.base_directory,
         held.agent, held.agent_workspace, held.model, held.timeout_ms, (sessions.settings ->> 'leaseMs')::int AS lease_ms, held.cancelled_at IS NOT NULL AS cancelled,
         held.is_remote AND held.begun_at IS NULL AND held.released_at IS NULL AND held.expires_at > now() AS to_offer
  FROM held
  JOIN sessions ON sessions.workspace = held.workspace AND sessions.id = held.session
  LEFT JOIN outcomes ON outcomes.workspace = held.workspace AND outcomes.session = held.session
    AND outcomes.run = held.run AND outcomes.attempt = held.attempt
  LEFT JOIN begun ON begun.nth = held.nth`;

async function settleAll(
  pool: Pool,
  calls: Settlement[],
  { retentionDays, keepAtHand }: AttemptStoreOptions,
): Promise<void[]> {
  const bodies = distinctOutputs(calls);
  await pool.query({
    name: 'settle-attempts',
    text: settleText,
    values: [
      databaseJson(calls.map(toRow)),
      bodies.map(({ workspace }) => workspace),
      bodies.map(({ hash }) => hash),
      bodies.map(({ body }) => body),
      retentionDays,
    ],
  });
  if (keepAtHand) bodies.forEach(({ workspace, ...artifact }) => keepAtHand(workspace, artifact));
  return calls.map(() => undefined);
}

/** One statement cannot insert the same artifact twice. */
function distinctOutputs(calls: Settlement[]): { workspace: string; hash: string; body: Buffer }[] {
  const byKey = new Map<string, { workspace: string; hash: string; body: Buffer }>();
  for (const { attempt, output } of calls) {
    if (output) byKey.set(`${attempt.workspace}/${output.hash}`, { workspace: attempt.workspace, ...output });
  }
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, body]) => body);
}

function toRow({ attempt, output, evidence, ...rest }: Settlement): object {
  return { ...attempt, ...rest, outputHash: output?.hash, evidence };
}

// A released lease means that the attempt was given up as lost: its outcome stays as it is, but its cost is known now, and replaces what was
// kept for it; a trigger on the ledger adds it to the outcome. A cost that is unknown keeps what was reserved.
const settleText = `
  WITH calls AS (
    SELECT * FROM jsonb_to_recordset($1) AS x (workspace text, session text, run text, attempt int, token bigint,
      "planName" text, verdict text, retryable boolean, "retryAfterMs" bigint, "startedAt" float8, "endedAt" float8,
      "outputHash" text, error text, evidence jsonb, tokens bigint, "costUsd" numeric, model text)
  ), kept AS (
    INSERT INTO artifacts (workspace, hash, media_type, size_bytes, body, expires_at)
    SELECT workspace, hash, 'application/json', length(body), body, now() + $5 * interval '1 day'
    FROM unnest($2::text[], $3::text[], $4::bytea[]) AS x (workspace, hash, body)
    ON CONFLICT (workspace, hash) DO UPDATE SET expires_at = greatest(artifacts.expires_at, excluded.expires_at)
  ), held AS (
    SELECT workspace, session, run, attempt, lease.agent, agent_workspace, lease.model, released_at IS NULL AS is_open,
           lease.accounts, coalesce(lease.reserved_micros, 0) AS micros, coalesce(lease.reserved_tokens, 0) AS reserved_tokens,
           coalesce(lease.reserved_ms, 0) AS reserved_ms
    FROM calls JOIN leases AS lease USING (workspace, session, run, attempt, token)
    ORDER BY workspace, session, run, attempt FOR UPDATE OF lease
  ), released AS (
    UPDATE leases SET released_at = now(), progress_percent = NULL, progress_message = NULL FROM held
    WHERE is_open AND leases.workspace = held.workspace AND leases.session = held.session
      AND leases.run = held.run AND leases.attempt = held.attempt
    RETURNING 1
  ), settled AS (
    INSERT INTO ledger (workspace, session, run, attempt, token, entry, accounts,
                        reserved_micros, kept_micros, spent_micros, reserved_tokens, kept_tokens, spent_tokens,
                        reserved_ms, kept_ms, spent_ms, reserved_attempts, kept_attempts, spent_attempts)
    SELECT workspace, session, run, attempt, token, 'settled', accounts,
           CASE WHEN is_open THEN -micros ELSE 0 END,
           CASE WHEN is_open THEN CASE WHEN "costUsd" IS NULL THEN micros ELSE 0 END
                ELSE CASE WHEN "costUsd" IS NULL THEN 0 ELSE -micros END END,
           round("costUsd" * 1000000),
           CASE WHEN is_open THEN -reserved_tokens ELSE 0 END,
           CASE WHEN is_open THEN CASE WHEN tokens IS NULL THEN reserved_tokens ELSE 0 END
                ELSE CASE WHEN tokens IS NULL THEN 0 ELSE -reserved_tokens END END,
           tokens,
           CASE WHEN is_open THEN -reserved_ms ELSE 0 END, CASE WHEN is_open THEN 0 ELSE -reserved_ms END,
           greatest(0, round("endedAt" - "startedAt")),
           CASE WHEN is_open THEN -1 ELSE 0 END, CASE WHEN is_open THEN 0 ELSE -1 END, 1
    FROM calls JOIN held USING (workspace, session, run, attempt)
    -- After the leases: rooms of agents are locked before accounts.
    WHERE accounts IS NOT NULL AND (SELECT count(*) FROM released) >= 0
    ON CONFLICT DO NOTHING
  )
  INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, retryable,
                        retry_after_ms, started_at, ended_at, duration_ms, output_hash, error, evidence, tokens, cost_usd, model)
  SELECT workspace, session, run, attempt, "planName", split_part(run, '[', 1), agent, agent_workspace, token, verdict, retryable, "retryAfterMs",
         to_timestamp("startedAt" / 1000), to_timestamp("endedAt" / 1000), "endedAt" - "startedAt",
         "outputHash", error, evidence, tokens, "costUsd", coalesce(calls.model, held.model)
  FROM calls JOIN held USING (workspace, session, run, attempt)
  WHERE is_open ON CONFLICT DO NOTHING`;

const extendText = `
  WITH running AS (
    SELECT * FROM jsonb_to_recordset($1) AS x (workspace text, session text, run text, attempt int, token bigint, percent real, message text)
  ), held AS (
    SELECT workspace, session, run, attempt, token, percent, message FROM running
    JOIN leases AS lease USING (workspace, session, run, attempt, token) WHERE released_at IS NULL
    ORDER BY workspace, session, run, attempt FOR UPDATE OF lease
  )
  UPDATE leases SET expires_at = now() + $2 * interval '1 millisecond',
    progress_percent = coalesce(held.percent, progress_percent), progress_message = coalesce(held.message, progress_message)
  FROM held
  WHERE leases.workspace = held.workspace AND leases.session = held.session AND leases.run = held.run AND leases.attempt = held.attempt
  RETURNING leases.token, leases.cancelled_at IS NOT NULL AS cancelled`;
