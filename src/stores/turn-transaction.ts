import type { PoolClient, QueryConfig } from 'pg';
import type { Answer, AttemptKey, StoredOutcome, TurnTransaction } from '../contracts/ports/turn-store';
import { jsonArtifact } from '../contracts/schemas/json-artifact';
import type { AgentKey } from '../domain/agents/agent';
import type { Verdict } from '../domain/verdict';
import { keepArtifact } from './artifact-writing';
import type { AttemptStoreOptions } from './attempts';
import { lockAccountsOf, waitersForWorkspace } from './budget-accounts';
import { databaseJson } from './database-text';
import { lockClaims, readClaims, readWorksFor } from './resource-claims';
import { lockRooms, requirementsInLine } from './room';
import { isSilent } from './silent-lease';
import { distinctOutputs, settleStatement } from './settle-statement';
import type { LeaseTokens } from './lease-tokens';
import { attemptKeyOf } from './plain-leases';
import { leaseOrExisting } from './take-lease';
import type { OpenedTurn } from './turn-opening';
import { lookingAcross } from './scope';

/**
 * Attempts as rows of a statement: `attempt_keys` with run and attempt, from the JSON in parameter 3. Where several leases are
 * changed, they are locked in key order first, as workers do that settle many at once.
 */
const attemptKeys = `attempt_keys AS (SELECT run, attempt FROM jsonb_to_recordset($3) AS x (run text, attempt int))`;

export interface TurnTransactionOptions extends AttemptStoreOptions {
  /** For leases of attempts that have none yet; without it one that was assigned before is adopted, and that is waited for. */
  tokens?: LeaseTokens;
  /** Sends a statement without waiting for its answer; where it fails, the turn does. */
  send(statement: QueryConfig): void;
}

export function createTurnTransaction(
  client: PoolClient,
  opened: OpenedTurn,
  { retentionDays, keepAtHand, tokens: stock, send }: TurnTransactionOptions,
): TurnTransaction {
  const { session, now, alreadyAccepted, snapshot, isReset, workspaceLimits, leases: plainLeases } = opened;
  const scope = [session.workspace, session.id] as const;
  // Where there is one, it is refused another, and the turn comes again without tokens.
  const supposesNoLeases = stock !== undefined && !isReset;

  const forAttempts = async <Row extends object>(
    name: string,
    text: string,
    attempts: readonly object[],
    ...more: unknown[]
  ): Promise<Row[]> => {
    if (attempts.length === 0) return [];
    const { rows } = await client.query<Row>({ name, text, values: [...scope, JSON.stringify(attempts), ...more] });
    return rows;
  };

  return {
    session,
    number: opened.request.turn,
    now,
    alreadyAccepted,
    isReset,
    workspaceLimits,
    ...(snapshot && { snapshot }),

    expectedDurations: async (tasks) => {
      const { rows } = await client.query<{ task: string; median_ms: number }>({
        name: 'expected-durations',
        text: `SELECT task, percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms)::float8 AS median_ms
               FROM unnest($3::text[]) AS task
               CROSS JOIN LATERAL (SELECT duration_ms FROM outcomes
                 WHERE workspace = $1 AND plan_name = $2 AND outcomes.task = task.task AND verdict = 'succeeded' AND tells_of_agent(verdict, lost)
                 ORDER BY settled_at DESC LIMIT 5) AS latest
               GROUP BY task`,
        values: [session.workspace, session.planName, tasks],
      });
      return new Map(rows.map(({ task, median_ms }) => [task, Math.round(median_ms)]));
    },

    settle: (settlements) => {
      if (!plainLeases.settle(settlements)) send(settleStatement(settlements, retentionDays));
      for (const { workspace, ...artifact } of distinctOutputs(settlements)) keepAtHand?.(workspace, artifact);
    },

    keep: (document) => {
      const artifact = jsonArtifact(document);
      send(keepArtifact(session.workspace, artifact, retentionDays));
      keepAtHand?.(session.workspace, artifact);
      return artifact.hash;
    },

    outcomes: async (attempts) => {
      const here = attempts.flatMap((attempt) => plainLeases.outcomeOf(attempt) ?? []);
      if (here.length === attempts.length) return here;
      const known = new Set(here.map(attemptKeyOf));
      const others = attempts.filter((attempt) => !known.has(attemptKeyOf(attempt)));
      const rows = await forAttempts<OutcomeRow>('outcomes-of-attempts', selectOutcomes, others);
      return [...here, ...rows.map(toOutcome)];
    },

    loseExpired: (attempts) => forAttempts<AttemptKey>('lose-expired', loseExpired, attempts, session.planName),

    withdrawUnbegun: (attempts) =>
      forAttempts<AttemptKey & { hadEnded: boolean }>('withdraw-unbegun', withdrawUnbegun, attempts),

    takeLeases: async (attempts) => {
      if (attempts.length === 0) return [];
      plainLeases.noteTaken(attempts);
      if (supposesNoLeases) {
        const tokens = stock.take(attempts.length);
        const leases = attempts.map((attempt, at) => ({ token: tokens[at], ...attempt }));
        send({ name: 'add-leases', text: addLeases, values: [...scope, JSON.stringify(leases)] });
        return tokens.map((token) => ({ token }));
      }
      const rows = await forAttempts<AttemptKey & { token: number; found: 'running' | 'ended' | null }>(
        'take-leases',
        takeLeases,
        attempts,
      );
      const byKey = new Map(rows.map((row) => [`${row.run}/${row.attempt}`, row]));
      return attempts.map(({ run, attempt }) => {
        const lease = byKey.get(`${run}/${attempt}`);
        if (!lease) throw new Error(`no lease was returned for ${run}/${attempt}`);
        return { token: lease.token, ...(lease.found && { found: lease.found }) };
      });
    },

    begunAttempts: async (attempts) => {
      if (supposesNoLeases) return [];
      const rows = await forAttempts<BegunRow>('begun-attempts', begunAttempts, attempts);
      return rows.map(({ run, attempt, tries, ...agent }) => ({
        run,
        attempt,
        agent,
        ...(tries !== null && { tries }),
      }));
    },

    triedInLeftBranch: async (tasks, eventId) => {
      const { rows } = await client.query<{ task: string }>({
        name: 'tried-in-left-branch',
        text: `SELECT DISTINCT split_part(run, '[', 1) AS task FROM leases
               WHERE workspace = $1 AND session = $2 AND begun_at IS NOT NULL AND split_part(run, '[', 1) = ANY ($3)
                 AND NOT EXISTS (SELECT FROM session_events
                                 WHERE workspace = $1 AND session = $2 AND event_id = $4 AND abandoned)
               ORDER BY 1`,
        values: [...scope, tasks, eventId],
      });
      return rows.map(({ task }) => task);
    },

    lockAccounts: (limits, attempts) =>
      lockAccountsOf(client, { workspace: session.workspace, session: session.id }, limits, attempts),

    waitersForWorkspace: (limit) => waitersForWorkspace(client, session.workspace, session.id, limit),

    answers: (attempts) => forAttempts<Answer>('answers', answersText, keysOf(attempts)),

    useApprovals: async (ids) => {
      if (ids.length === 0) return;
      await client.query({
        name: 'use-approvals',
        text: `UPDATE approvals SET used_at = now() WHERE workspace = $1 AND id = ANY ($2) AND status = 'approved' AND used_at IS NULL`,
        values: [session.workspace, ids],
      });
    },

    requirementsInLine: () => requirementsInLine(lookingAcross(client, 'routing')),

    lockRooms: (agents, others) => lockRooms(client, agents, others),

    grantedTokens: async (runs) => {
      if (runs.length === 0) return new Map();
      const { rows } = await client.query<{ run: string; token: number }>({
        name: 'granted-tokens',
        text: `SELECT run, token FROM waiting_line
               WHERE workspace = $1 AND session = $2 AND run = ANY ($3) AND token IS NOT NULL FOR UPDATE`,
        values: [...scope, runs],
      });
      return new Map(rows.map(({ run, token }) => [run, token]));
    },

    claims: async (others) => {
      if (!(await lockClaims(client, session.workspace, others))) return undefined;
      // Read after the lock: what others had committed by then is seen.
      const [claims, worksFor] = await Promise.all([
        readClaims(client, session.workspace),
        session.parent ? readWorksFor(client, session) : [],
      ]);
      return { ...claims, worksFor };
    },

    holdResources: async ({ run, attempt, token, resources, inSpiteOf }) => {
      await client.query({
        name: 'hold-resources',
        text: `UPDATE leases SET resources = $6, in_spite_of = $7
               WHERE workspace = $1 AND session = $2 AND run = $3 AND attempt = $4 AND token = $5`,
        values: [...scope, run, attempt, token, databaseJson(resources), inSpiteOf ?? null],
      });
    },

    cancelLeases: async (attempts) => {
      await forAttempts('cancel-leases', cancelLeases, attempts, JSON.stringify([session.workspace, session.id]));
    },
  };
}

function keysOf(attempts: readonly AttemptKey[]): AttemptKey[] {
  return attempts.map(({ run, attempt }) => ({ run, attempt }));
}

interface BegunRow extends AttemptKey, AgentKey {
  tries: number | null;
}

interface OutcomeRow extends AttemptKey {
  verdict: Verdict;
  lost: boolean;
  is_accepted: boolean;
  retryable: boolean;
  retry_after_ms: number | null;
  output_hash: string | null;
  error: string | null;
}

function toOutcome(row: OutcomeRow): StoredOutcome {
  return {
    run: row.run,
    attempt: row.attempt,
    verdict: row.verdict,
    lost: row.lost,
    isAccepted: row.is_accepted,
    retryable: row.retryable,
    ...(row.retry_after_ms !== null && { retryAfterMs: row.retry_after_ms }),
    ...(row.output_hash !== null && { outputHash: row.output_hash }),
    ...(row.error !== null && { error: row.error }),
  };
}

const selectOutcomes = `
  WITH ${attemptKeys}
  SELECT run, attempt, verdict, lost, accepted_turn IS NOT NULL AS is_accepted, retryable, retry_after_ms, output_hash, error
  FROM outcomes JOIN attempt_keys USING (run, attempt) WHERE workspace = $1 AND session = $2`;

// An attempt whose outcome is stored is not lost, whatever its lease says; both statements lock the lease row first.
const loseExpired = `
  WITH ${attemptKeys}, lost AS (
    UPDATE leases SET released_at = now() FROM attempt_keys, sessions
    WHERE leases.workspace = $1 AND leases.session = $2 AND leases.run = attempt_keys.run AND leases.attempt = attempt_keys.attempt
      AND sessions.workspace = $1 AND sessions.id = $2
      AND ${isSilent('clock_timestamp()')}
    RETURNING leases.run, leases.attempt, agent, agent_workspace, token, begun_at
  )
  INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, lost, retryable,
                        started_at, ended_at, error, evidence)
  SELECT $1, $2, run, attempt, $4, split_part(run, '[', 1), agent, agent_workspace, token, 'failed', true, true, begun_at, now(),
         'Nothing was heard of the worker that ran this attempt, so it counts as lost. It may have done its work; its cost is unknown.',
         '[]'
  FROM lost ON CONFLICT DO NOTHING RETURNING run, attempt`;

// One that was called in a turn has begun, and a trigger keeps what it has reserved. Of those that were done there, nobody is the holder either.
const withdrawUnbegun = `
  WITH ${attemptKeys}, held AS (
    SELECT run, attempt, released_at IS NOT NULL AS had_ended FROM leases JOIN attempt_keys USING (run, attempt)
    WHERE workspace = $1 AND session = $2 AND holder IS NULL
      AND NOT EXISTS (SELECT FROM outcomes WHERE outcomes.workspace = $1 AND outcomes.session = $2
                      AND outcomes.run = leases.run AND outcomes.attempt = leases.attempt)
    ORDER BY run, attempt FOR UPDATE OF leases
  ), withdrawn AS (
    UPDATE leases SET released_at = now(), cancelled_at = coalesce(cancelled_at, now()) FROM held
    WHERE workspace = $1 AND session = $2 AND leases.run = held.run AND leases.attempt = held.attempt AND NOT had_ended
  )
  SELECT run, attempt, had_ended AS "hadEnded" FROM held`;

// Whoever answers at the same moment is waited for.
const answersText = `
  WITH ${attemptKeys}
  SELECT id, run, attempt, question_hash AS "questionHash", CASE WHEN used_at IS NULL THEN status ELSE 'used' END AS status
  FROM approvals JOIN attempt_keys USING (run, attempt) WHERE workspace = $1 AND session = $2 FOR UPDATE OF approvals`;

const begunAttempts = `
  WITH ${attemptKeys}
  SELECT run, attempt, agent_workspace AS workspace, agent AS name, tries FROM leases JOIN attempt_keys USING (run, attempt)
  WHERE workspace = $1 AND session = $2 AND begun_at IS NOT NULL AND agent_workspace IS NOT NULL`;

// A child session begins by itself, and its lease does not expire; as nobody knows whether it was started, it is started again, which
// changes nothing where it was.
const insertLeases = (token: string): string => `
  WITH wanted AS (
    SELECT run, attempt, ${token} AS token, agent, "agentWorkspace" AS agent_workspace, "grantMs" AS grant_ms, accounts,
           "reservedMicros" AS reserved_micros, "reservedTokens" AS reserved_tokens, "reservedMs" AS reserved_ms, resources, "inSpiteOf" AS in_spite_of,
           model, "timeoutMs" AS timeout_ms, tries
    FROM jsonb_to_recordset($3) AS x (run text, attempt int, token bigint, agent text, "agentWorkspace" text, "grantMs" bigint, accounts text[],
      "reservedMicros" bigint, "reservedTokens" bigint, "reservedMs" bigint, resources jsonb, "inSpiteOf" text,
      model text, "timeoutMs" bigint, tries int)
  )
  INSERT INTO leases AS held (workspace, session, run, attempt, token, agent, agent_workspace, accounts, reserved_micros, reserved_tokens, reserved_ms,
                              expires_at, begun_at, holder, resources, in_spite_of, model, timeout_ms, tries)
  SELECT $1, $2, run, attempt, token, agent, agent_workspace, accounts, reserved_micros, reserved_tokens, reserved_ms,
         coalesce(now() + grant_ms * interval '1 millisecond', 'infinity'),
         CASE WHEN grant_ms IS NULL THEN now() END, CASE WHEN grant_ms IS NULL THEN 'child session' END, resources, in_spite_of, model, timeout_ms, tries
  FROM wanted`;

const addLeases = insertLeases('token');

const takeLeases = `${insertLeases(`nextval('fencing_tokens')`)}
  ${leaseOrExisting}
  RETURNING run, attempt, token,
    CASE WHEN xmax <> 0 AND begun_at IS NOT NULL AND expires_at <> 'infinity'
         THEN CASE WHEN released_at IS NULL THEN 'running' ELSE 'ended' END END AS found`;

const cancelLeases = `
  WITH ${attemptKeys}, held AS (
    SELECT run, attempt FROM leases JOIN attempt_keys USING (run, attempt)
    WHERE workspace = $1 AND session = $2 AND released_at IS NULL AND cancelled_at IS NULL
    ORDER BY run, attempt FOR UPDATE OF leases
  ), cancelled AS (
    UPDATE leases SET cancelled_at = now() FROM held
    WHERE workspace = $1 AND session = $2 AND leases.run = held.run AND leases.attempt = held.attempt
    RETURNING leases.run
  )
  SELECT pg_notify('orchestra_cancelled', $4) FROM (SELECT count(*) FROM cancelled) AS counted (n) WHERE n > 0`;
