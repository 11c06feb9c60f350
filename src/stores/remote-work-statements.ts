import { milliseconds } from './milliseconds';
import { sameAttempt } from './same-attempt';

// Entries of remote_work are locked before leases by whoever claims, and only where nobody else has them; all others lock one or the other. Leases
// are locked in key order, as everywhere.

const attemptColumns = 'workspace text, session text, run text, attempt int, token bigint';

/**
 * Whether the agent is at the attempt. A column, never a condition where leases are found: with it, PostgreSQL may take an index of the open leases
 * for one of few rows, and read what all agents hold for each of them.
 */
const isTheirs = (calls: string): string =>
  `lease.agent = ${calls}.agent AND lease.agent_workspace = "agentWorkspace" AND released_at IS NULL AND begun_at IS NOT NULL`;

const ofSession = `sessions.plan_name, sessions.plan_hash, sessions.inputs_hash, sessions.base_directory,
         (sessions.settings ->> 'leaseMs')::int AS lease_ms`;

export const offerText = `
  WITH calls AS (
    SELECT x.*, tokens.task_token FROM jsonb_to_recordset($1) AS x (nth int, ${attemptColumns}, "timeoutMs" bigint, trace text)
    JOIN unnest($2::bytea[]) WITH ORDINALITY AS tokens (task_token, nth) ON tokens.nth = x.nth
  ), offered AS (
    INSERT INTO remote_work AS work (workspace, session, run, attempt, token, agent_workspace, agent, task_token, timeout_ms, grant_until, trace)
    SELECT workspace, session, run, attempt, token, agent_workspace, agent, task_token, "timeoutMs", expires_at, trace
    FROM calls JOIN leases USING (workspace, session, run, attempt, token)
    ORDER BY workspace, session, run, attempt
    ON CONFLICT (workspace, session, run, attempt) DO UPDATE SET task_token = excluded.task_token,
      token = excluded.token, agent_workspace = excluded.agent_workspace, agent = excluded.agent, grant_until = excluded.grant_until,
      timeout_ms = excluded.timeout_ms, trace = excluded.trace, claimed_at = CASE WHEN work.token = excluded.token THEN work.claimed_at END
    RETURNING agent_workspace, agent
  )
  SELECT pg_notify('orchestra_work', jsonb_build_array(agent_workspace, agent)::text) FROM (SELECT DISTINCT * FROM offered) AS agents`;

export const claimText = `
  WITH polls AS (
    SELECT * FROM jsonb_to_recordset($1) AS x (workspace text, agent text, answers jsonb)
  ), offers AS (
    SELECT offer.*, polls.answers FROM polls CROSS JOIN LATERAL (
      SELECT work.workspace, work.session, work.run, work.attempt, work.token, work.agent_workspace, work.agent, work.timeout_ms, work.trace, work.offered_at
      FROM remote_work AS work
      JOIN leases AS lease ON lease.workspace = work.workspace AND lease.session = work.session AND lease.run = work.run
        AND lease.attempt = work.attempt AND lease.token = work.token
      WHERE work.agent_workspace = polls.workspace AND work.agent = polls.agent AND work.claimed_at IS NULL
        AND lease.begun_at IS NULL AND lease.released_at IS NULL AND lease.cancelled_at IS NULL AND lease.expires_at > now()
      ORDER BY work.offered_at LIMIT jsonb_array_length(polls.answers) FOR UPDATE OF work SKIP LOCKED
    ) AS offer
  ), placed AS (
    SELECT *, answers -> nth ->> 0 AS claim, answers -> nth ->> 1 AS delivery
    FROM (SELECT *, (row_number() OVER (PARTITION BY agent_workspace, agent ORDER BY offered_at) - 1)::int AS nth FROM offers) AS counted
  ), held AS (
    SELECT lease.workspace, session, run, attempt, claim, placed.delivery, placed.timeout_ms, placed.trace
    FROM placed JOIN leases AS lease USING (workspace, session, run, attempt, token)
    WHERE lease.begun_at IS NULL AND lease.released_at IS NULL AND lease.expires_at > now()
    ORDER BY workspace, session, run, attempt FOR UPDATE OF lease
  ), begun AS (
    UPDATE leases SET begun_at = now(), holder = held.claim,
      expires_at = now() + (sessions.settings ->> 'leaseMs')::int * interval '1 millisecond'
    FROM held JOIN sessions ON sessions.workspace = held.workspace AND sessions.id = held.session
    WHERE leases.workspace = held.workspace AND leases.session = held.session AND leases.run = held.run AND leases.attempt = held.attempt
    RETURNING leases.workspace, leases.session, leases.run, leases.attempt, leases.token, leases.agent, leases.agent_workspace, leases.model,
      leases.cancelled_at IS NOT NULL AS cancelled, held.timeout_ms, held.delivery, held.trace, ${ofSession}
  ), marked AS (
    UPDATE remote_work AS work SET claimed_at = now(), delivery = begun.delivery, times_out_at = now() + begun.timeout_ms * interval '1 millisecond' FROM begun
    WHERE work.workspace = begun.workspace AND work.session = begun.session AND work.run = begun.run AND work.attempt = begun.attempt
  )
  SELECT * FROM begun`;

/** Attempts that the agent has claimed and not ended, locked as whoever claims locks them. */
const claimedBy = (condition: string): string => `
    SELECT work.workspace, work.session, work.run, work.attempt
    FROM remote_work AS work JOIN leases AS lease ON ${sameAttempt('work', 'lease')} AND lease.token = work.token
    WHERE work.agent_workspace = $1 AND work.agent = $2 AND ${condition} AND lease.released_at IS NULL
    ORDER BY work.workspace, work.session, work.run, work.attempt FOR UPDATE OF work, lease`;

export const claimedText = `
  WITH claimed AS (${claimedBy('lease.holder = $3')}
  ), work AS (
    UPDATE remote_work SET delivery = $4 FROM claimed WHERE ${sameAttempt('claimed', 'remote_work')} RETURNING remote_work.*
  )
  SELECT lease.workspace, lease.session, lease.run, lease.attempt, lease.token, lease.agent, lease.agent_workspace, lease.model,
         lease.cancelled_at IS NOT NULL AS cancelled, work.timeout_ms, work.delivery, work.trace, ${ofSession}
  FROM work
  JOIN leases AS lease ON ${sameAttempt('work', 'lease')}
  JOIN sessions ON sessions.workspace = lease.workspace AND sessions.id = lease.session`;

// Of what is to be stopped the agent is to say what became of it: nobody else will be given it.
export const takeBackText = `
  WITH undelivered AS (${claimedBy('work.delivery = $3 AND lease.cancelled_at IS NULL')}
  ), offered AS (
    UPDATE remote_work AS work SET claimed_at = NULL, times_out_at = NULL, delivery = NULL FROM undelivered WHERE ${sameAttempt('undelivered', 'work')}
    RETURNING work.workspace, work.session, work.run, work.attempt, work.grant_until
  ), unbegun AS (
    UPDATE leases SET begun_at = NULL, holder = NULL, expires_at = offered.grant_until FROM offered WHERE ${sameAttempt('offered', 'leases')}
  )
  SELECT pg_notify('orchestra_work', jsonb_build_array($1::text, $2::text)::text) FROM offered LIMIT 1`;

export const extendText = `
  WITH beats AS (
    SELECT * FROM jsonb_to_recordset($1) AS x (nth int, ${attemptColumns}, agent text, "agentWorkspace" text, percent real, message text)
  ), held AS (
    SELECT nth, lease.workspace, session, run, attempt, percent, message, ${isTheirs('beats')} AS is_theirs
    FROM beats JOIN leases AS lease USING (workspace, session, run, attempt, token)
    ORDER BY workspace, session, run, attempt FOR UPDATE OF lease
  )
  UPDATE leases SET expires_at = now() + (sessions.settings ->> 'leaseMs')::int * interval '1 millisecond',
    progress_percent = coalesce(held.percent, progress_percent), progress_message = coalesce(held.message, progress_message)
  FROM held JOIN sessions ON sessions.workspace = held.workspace AND sessions.id = held.session
  WHERE is_theirs AND leases.workspace = held.workspace AND leases.session = held.session AND leases.run = held.run
    AND leases.attempt = held.attempt
  RETURNING held.nth, leases.cancelled_at IS NOT NULL AS cancelled`;

const outcomeColumns = 'outcomes.verdict, outcomes.lost, outcomes.retryable, outcomes.retry_after_ms';

// Whoever reports is alive. Reports wait their turn when many come at once, and heartbeats then come late: a lease of which much is used up is extended.
export const findText = `
  WITH calls AS (
    SELECT * FROM jsonb_to_recordset($1) AS x (nth int, ${attemptColumns}, agent text, "agentWorkspace" text)
  ), held AS (
    SELECT lease.workspace, session, run, attempt, expires_at, ${isTheirs('calls')} AS is_theirs
    FROM calls JOIN leases AS lease USING (workspace, session, run, attempt, token)
    ORDER BY workspace, session, run, attempt FOR UPDATE OF lease
  ), extended AS (
    UPDATE leases SET expires_at = now() + (sessions.settings ->> 'leaseMs')::int * interval '1 millisecond'
    FROM held JOIN sessions ON sessions.workspace = held.workspace AND sessions.id = held.session
    WHERE is_theirs AND held.expires_at < now() + (sessions.settings ->> 'leaseMs')::int * interval '0.5 milliseconds'
      AND leases.workspace = held.workspace AND leases.session = held.session AND leases.run = held.run AND leases.attempt = held.attempt
  )
  SELECT nth, lease.agent, lease.agent_workspace, lease.model, lease.token, ${milliseconds('lease.begun_at')} AS begun_at,
         lease.released_at IS NOT NULL AS is_released, lease.cancelled_at IS NOT NULL AS cancelled, ${ofSession}, ${outcomeColumns}
  FROM calls
  JOIN leases AS lease ON lease.workspace = calls.workspace AND lease.session = calls.session AND lease.run = calls.run
    AND lease.attempt = calls.attempt AND lease.agent = calls.agent AND lease.agent_workspace = "agentWorkspace"
  JOIN sessions ON sessions.workspace = lease.workspace AND sessions.id = lease.session
  LEFT JOIN outcomes ON outcomes.workspace = lease.workspace AND outcomes.session = lease.session
    AND outcomes.run = lease.run AND outcomes.attempt = lease.attempt`;

export const finishText = `
  WITH calls AS (
    SELECT * FROM jsonb_to_recordset($1) AS x (nth int, ${attemptColumns})
  ), locked AS (
    SELECT calls.nth, workspace, session, run, attempt, task_token FROM calls JOIN remote_work AS work USING (workspace, session, run, attempt, token)
    ORDER BY workspace, session, run, attempt FOR UPDATE OF work
  ), gone AS (
    DELETE FROM remote_work AS work USING locked
    WHERE work.workspace = locked.workspace AND work.session = locked.session AND work.run = locked.run AND work.attempt = locked.attempt
    RETURNING locked.nth, locked.task_token
  )
  SELECT calls.nth, gone.task_token, ${outcomeColumns}
  FROM calls LEFT JOIN gone USING (nth)
  LEFT JOIN outcomes ON outcomes.workspace = calls.workspace AND outcomes.session = calls.session
    AND outcomes.run = calls.run AND outcomes.attempt = calls.attempt`;
