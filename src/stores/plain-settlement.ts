import type { QueryConfig } from 'pg';
import type { Settlement } from '../contracts/ports/attempt-store';
import type { AttemptKey } from '../contracts/ports/turn-store';
import { keepArtifacts } from './artifact-writing';
import { databaseJson } from './database-text';
import { attemptKeyOf } from './plain-leases';
import { insertOutcomes, outputColumns, settledColumns, settledRow } from './settle-statement';

/** What a turn settles of its session, and which of it it has accepted. */
interface SettledByTurn {
  workspace: string;
  session: string;
  turn: number;
  settlements: readonly Settlement[];
  accepted: readonly AttemptKey[];
  retentionDays: number;
}

/**
 * Does what `settleStatement` does, for plain leases: fails unless all of them are open. Nothing has to be worked out of leases that were lost, and no outcome
 * is written twice, as it says at once which turn has accepted it.
 */
export function settlePlainLeases(settled: SettledByTurn): QueryConfig {
  const { workspace, session, turn, settlements, retentionDays } = settled;
  const accepted = new Set(settled.accepted.map(attemptKeyOf));
  const rows = settlements.map((one) => ({ ...settledRow(one), isAccepted: accepted.has(attemptKeyOf(one.attempt)) }));
  return {
    name: 'settle-plain-leases',
    text: settleText,
    values: [
      workspace,
      session,
      turn,
      databaseJson(rows),
      ...outputColumns(settlements),
      retentionDays,
      settlements.length,
    ],
  };
}

// Each lease is looked up by its key, and then changed where it is, whatever PostgreSQL thinks of how many calls and leases there are: a session may have
// thousands. That it is open is said in a way in which no index says it: there is one of all open leases.
const settleText = `
  WITH calls AS (
    SELECT * FROM jsonb_to_recordset($4) AS x (${settledColumns}, "isAccepted" boolean)
  ), kept AS (
    ${keepArtifacts('unnest($5::text[], $6::text[], $7::bytea[])', '$8::float8')}
  ), released AS (
    UPDATE leases SET released_at = now(), begun_at = coalesce(leases.begun_at, now()), progress_percent = NULL, progress_message = NULL
    FROM calls CROSS JOIN LATERAL (
      SELECT held.ctid AS place FROM leases AS held
      WHERE held.workspace = $1 AND held.session = $2 AND held.run = calls.run AND held.attempt = calls.attempt AND held.token = calls.token OFFSET 0
    ) AS found
    WHERE leases.ctid = found.place AND CASE WHEN released_at IS NULL THEN true END
    RETURNING calls.*, leases.agent, leases.agent_workspace, leases.model AS told_model, leases.accounts,
      coalesce(leases.reserved_micros, 0) AS micros, coalesce(leases.reserved_tokens, 0) AS reserved_tokens, coalesce(leases.reserved_ms, 0) AS reserved_ms
  ), entered AS (
    INSERT INTO ledger (workspace, session, run, attempt, token, entry, accounts,
                        reserved_micros, kept_micros, spent_micros, reserved_tokens, kept_tokens, spent_tokens,
                        reserved_ms, kept_ms, spent_ms, reserved_attempts, kept_attempts, spent_attempts)
    SELECT workspace, session, run, attempt, token, 'settled', accounts,
           -micros, CASE WHEN "costUsd" IS NULL THEN micros ELSE 0 END, round("costUsd" * 1000000),
           -reserved_tokens, CASE WHEN tokens IS NULL THEN reserved_tokens ELSE 0 END, tokens,
           -reserved_ms, 0, greatest(0, round("endedAt" - "startedAt")), -1, 0, 1
    FROM released
  ), ended AS (
    ${insertOutcomes('released', 'CASE WHEN "isAccepted" THEN $3::int END')}
    RETURNING 1
  )
  SELECT expect_open_leases($9, count(*)) FROM ended`;
