-- Triggers see each statement, and most attempts are by agents of plans, of which rooms, learning and accounts know nothing. That there is
-- nothing to do is found out with one look now, where it was the result of the whole statement, which costs several times as much.

-- As before, behind that look.
CREATE OR REPLACE FUNCTION leases_were_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changes jsonb;
BEGIN
  IF NOT EXISTS (SELECT FROM after_change WHERE agent_workspace IS NOT NULL)
     AND NOT EXISTS (SELECT FROM before_change WHERE agent_workspace IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  SELECT jsonb_agg(sums) INTO changes FROM (
    SELECT workspace, room AS agent, sum(change) AS change FROM (
      SELECT agent_workspace AS workspace, agent, sum(change) AS change FROM (
        SELECT agent_workspace, agent, 1 AS change FROM after_change WHERE released_at IS NULL
        UNION ALL
        SELECT agent_workspace, agent, -1 FROM before_change WHERE released_at IS NULL
      ) AS each WHERE agent_workspace IS NOT NULL GROUP BY 1, 2 HAVING sum(change) <> 0
    ) AS changed CROSS JOIN LATERAL rooms_of(agent) AS room GROUP BY 1, 2
  ) AS sums;
  IF changes IS NOT NULL THEN
    PERFORM change_agent_room(changes);
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION outcomes_were_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added WHERE agent_workspace IS NOT NULL) THEN
    INSERT INTO outcomes_to_learn (workspace, session, run, attempt, agent_workspace, agent)
    SELECT workspace, session, run, attempt, agent_workspace, agent FROM added
    WHERE agent_workspace IS NOT NULL AND tells_of_agent(verdict, lost) AND (report_id IS NULL OR NOT EXISTS (
      SELECT FROM learning_resets AS reset
      WHERE (reset.workspace, reset.agent_workspace, reset.agent) = (added.workspace, added.agent_workspace, added.agent)
        AND reset.at >= added.ended_at
    ));
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger_was_added() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  told bigint;
BEGIN
  IF NOT EXISTS (SELECT FROM added WHERE accounts <> '{}' OR (entry = 'settled' AND reserved_attempts = 0)) THEN
    RETURN NULL;
  END IF;
  -- What an attempt that was given up as lost has used. Its outcome may be younger than the statement that settles it, so it is looked for here.
  IF EXISTS (SELECT FROM added WHERE entry = 'settled' AND reserved_attempts = 0) THEN
    UPDATE outcomes SET tokens = spent_tokens, cost_usd = spent_micros::numeric / 1000000 FROM added
    WHERE entry = 'settled' AND reserved_attempts = 0 AND lost AND outcomes.workspace = added.workspace
      AND outcomes.session = added.session AND outcomes.run = added.run AND outcomes.attempt = added.attempt;
  END IF;
  WITH changes AS (
    SELECT CASE WHEN account LIKE 'agent/%' THEN split_part(account, '/', 2) ELSE workspace END AS workspace, account, unit,
           sum(reserved)::bigint AS reserved, sum(kept)::bigint AS kept, sum(spent)::bigint AS spent
    FROM added CROSS JOIN LATERAL unnest(accounts) AS account
    CROSS JOIN LATERAL (VALUES
      ('costMicros', coalesce(reserved_micros, 0), coalesce(kept_micros, 0), coalesce(spent_micros, 0)),
      ('tokens', coalesce(reserved_tokens, 0), coalesce(kept_tokens, 0), coalesce(spent_tokens, 0)),
      ('attempts', reserved_attempts, kept_attempts, spent_attempts),
      ('timeMs', coalesce(reserved_ms, 0), coalesce(kept_ms, 0), coalesce(spent_ms, 0))
    ) AS by_unit (unit, reserved, kept, spent)
    GROUP BY 1, 2, 3
  ), locked AS (
    -- In key order, as everybody locks them, and after the rooms of agents.
    SELECT own.workspace, own.account, own.unit, changes.reserved, changes.kept, changes.spent
    FROM budget_accounts AS own JOIN changes USING (workspace, account, unit)
    ORDER BY own.workspace, own.account, own.unit FOR UPDATE OF own
  ), summed AS (
    UPDATE budget_accounts AS own
    SET reserved = own.reserved + locked.reserved, kept = own.kept + locked.kept, spent = own.spent + locked.spent
    FROM locked WHERE own.workspace = locked.workspace AND own.account = locked.account AND own.unit = locked.unit
    RETURNING own.account, own.reserved + own.kept + own.spent AS used, locked.reserved + locked.kept + locked.spent AS change
  )
  SELECT count(pg_notify('orchestra_starts', jsonb_build_array(account, used::text)::text)) INTO told FROM summed
  WHERE account LIKE 'agent/%' AND change <> 0;
  -- Whoever joined the wait before the accounts were locked here is seen by now. A start that is given back may be of a later window than the one
  -- that was waited for.
  IF EXISTS (SELECT FROM added JOIN budget_waits AS waits
             ON waits.workspace = added.workspace AND (waits.accounts && added.accounts OR entry = 'returned')
             WHERE entry <> 'reserved') THEN
    PERFORM pg_notify('orchestra_budget', '');
  END IF;
  RETURN NULL;
END $$;

SELECT orchestra_protect('leases');
SELECT orchestra_protect('outcomes');
SELECT orchestra_protect('ledger');
