import type { QueryConfig } from 'pg';
import type { Settlement } from '../contracts/ports/attempt-store';
import { keepArtifacts } from './artifact-writing';
import { databaseJson } from './database-text';
import { lockedLeasesOf } from './locked-leases';

/** Stores what attempts came to, with their outputs, releases their leases and settles their reservations. */
export function settleStatement(calls: readonly Settlement[], retentionDays: number): QueryConfig {
  return {
    name: 'settle-attempts',
    text: settleText,
    values: [databaseJson(calls.map(settledRow)), ...outputColumns(calls), retentionDays],
  };
}

/** The distinct outputs: workspaces, hashes and bodies. */
export function outputColumns(calls: readonly Settlement[]): [string[], string[], Buffer[]] {
  const bodies = distinctOutputs(calls);
  return [bodies.map(({ workspace }) => workspace), bodies.map(({ hash }) => hash), bodies.map(({ body }) => body)];
}

export const settledColumns = `workspace text, session text, run text, attempt int, token bigint,
      "planName" text, verdict text, retryable boolean, "retryAfterMs" bigint, "startedAt" float8, "endedAt" float8,
      "outputHash" text, error text, evidence jsonb, tokens bigint, "costUsd" numeric, model text, work jsonb, "taskKind" jsonb, needs jsonb,
      "inputTokens" bigint, "outputTokens" bigint, "cachedInputTokens" bigint, quality float8, "inputBytes" bigint`;

/** One statement cannot insert the same artifact twice. */
export function distinctOutputs(calls: readonly Settlement[]): { workspace: string; hash: string; body: Buffer }[] {
  const byKey = new Map<string, { workspace: string; hash: string; body: Buffer }>();
  for (const { attempt, output } of calls) {
    if (output) byKey.set(`${attempt.workspace}/${output.hash}`, { workspace: attempt.workspace, ...output });
  }
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, body]) => body);
}

/** One call as a row of `settledColumns`. */
export function settledRow({ attempt, output, evidence, ...rest }: Settlement): object {
  return { ...attempt, ...rest, outputHash: output?.hash, evidence };
}

/**
 * Whose results an attempt was given: of each task that it needs the attempt that succeeded, of a race that of the winner (another racer may succeed later,
 * its run does not). Of the items of a fan-out nobody is the one that gave it.
 */
export const handoffsTo = (attempt: string, needs: string): string => `(
    SELECT coalesce(jsonb_agg(jsonb_build_object('run', giver.run, 'attempt', giver.attempt, 'workspace', giver.agent_workspace, 'agent', giver.agent) ORDER BY nth), '[]')
    FROM jsonb_array_elements_text(${needs}) WITH ORDINALITY AS needed (task, nth)
    -- One after the other and by their keys, whatever PostgreSQL thinks of how many there are: a task may need a thousand others.
    CROSS JOIN LATERAL (
      SELECT coalesce((
        SELECT winner.run FROM (
          SELECT position FROM task_runs WHERE workspace = ${attempt}.workspace AND session = ${attempt}.session AND run = needed.task AND is_race LIMIT 1
        ) AS race
        CROSS JOIN LATERAL (
          SELECT run FROM task_runs
          WHERE workspace = ${attempt}.workspace AND session = ${attempt}.session AND position = race.position AND item >= 0 AND status = 'succeeded'
          ORDER BY item LIMIT 1
        ) AS winner
      ), needed.task) AS run OFFSET 0
    ) AS winner
    CROSS JOIN LATERAL (
      SELECT given.run, given.attempt, given.agent_workspace, given.agent FROM outcomes AS given
      WHERE given.workspace = ${attempt}.workspace AND given.session = ${attempt}.session AND given.run = winner.run AND given.verdict = 'succeeded'
      ORDER BY given.attempt DESC LIMIT 1
    ) AS giver)`;

/** Of rows with all that was settled, and with `agent`, `agent_workspace` and `told_model` of their leases. `acceptedTurn`: the turn that has taken it in. */
export const insertOutcomes = (rows: string, acceptedTurn: string): string => `
  INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, retryable,
                        retry_after_ms, started_at, ended_at, duration_ms, output_hash, error, evidence, tokens, cost_usd, model, work, task_kind,
                        input_tokens, output_tokens, cached_input_tokens, quality, input_bytes, accepted_turn, handoffs)
  SELECT workspace, session, run, attempt, "planName", split_part(run, '[', 1), agent, agent_workspace, token, verdict, retryable, "retryAfterMs",
         to_timestamp("startedAt" / 1000), to_timestamp("endedAt" / 1000), "endedAt" - "startedAt",
         "outputHash", error, evidence, tokens, "costUsd", coalesce(model, told_model), work, "taskKind",
         "inputTokens", "outputTokens", "cachedInputTokens", quality, "inputBytes", ${acceptedTurn},
         CASE WHEN needs IS NOT NULL THEN ${handoffsTo(rows, 'needs')} END
  FROM ${rows}`;

// A released lease means that the attempt was given up as lost: its outcome stays as it is, but its cost is known
// now, and replaces what was kept for it; a trigger on the ledger adds it to the outcome. A cost that is unknown keeps what was reserved. Of one that was
// withdrawn nothing was kept.
const settleText = `
  WITH calls AS (
    SELECT * FROM jsonb_to_recordset($1) AS x (${settledColumns})
  ), kept AS (
    ${keepArtifacts('unnest($2::text[], $3::text[], $4::bytea[])', '$5::float8')}
  ), held AS (
    SELECT calls.*, lease.agent, agent_workspace, lease.model AS told_model, released_at IS NULL AS is_open, released_at IS NOT NULL AND begun_at IS NOT NULL AS was_kept,
           lease.accounts, coalesce(lease.reserved_micros, 0) AS micros, coalesce(lease.reserved_tokens, 0) AS reserved_tokens,
           coalesce(lease.reserved_ms, 0) AS reserved_ms
    FROM ${lockedLeasesOf('calls')}
  ), released AS (
    UPDATE leases SET released_at = now(), begun_at = coalesce(leases.begun_at, now()), progress_percent = NULL, progress_message = NULL FROM held
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
                WHEN was_kept AND "costUsd" IS NOT NULL THEN -micros ELSE 0 END,
           round("costUsd" * 1000000),
           CASE WHEN is_open THEN -reserved_tokens ELSE 0 END,
           CASE WHEN is_open THEN CASE WHEN tokens IS NULL THEN reserved_tokens ELSE 0 END
                WHEN was_kept AND tokens IS NOT NULL THEN -reserved_tokens ELSE 0 END,
           tokens,
           CASE WHEN is_open THEN -reserved_ms ELSE 0 END, CASE WHEN was_kept THEN -reserved_ms ELSE 0 END,
           greatest(0, round("endedAt" - "startedAt")),
           CASE WHEN is_open THEN -1 ELSE 0 END, CASE WHEN was_kept THEN -1 ELSE 0 END, 1
    FROM held
    -- After the leases: rooms of agents are locked before accounts.
    WHERE accounts IS NOT NULL AND (SELECT count(*) FROM released) >= 0
    ON CONFLICT DO NOTHING
  )
  ${insertOutcomes('held', 'NULL')}
  WHERE is_open ON CONFLICT DO NOTHING`;
