-- Up Migration

-- What a workspace says about routing and limits, by key; what it does not say has its default.
CREATE TABLE workspace_settings (
  workspace  text PRIMARY KEY,
  options    jsonb NOT NULL DEFAULT '{}',
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- The weight of a workspace is a setting; here is only when it was granted something.
INSERT INTO workspace_settings (workspace, options)
SELECT workspace, jsonb_build_object('share', weight) FROM workspace_shares WHERE weight <> 1;
ALTER TABLE workspace_shares DROP COLUMN weight;

-- Processes that keep settings at hand read them again.
CREATE FUNCTION settings_were_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('orchestra_settings', jsonb_build_array(NEW.workspace)::text);
  RETURN NULL;
END $$;
CREATE TRIGGER settings_tell AFTER INSERT OR UPDATE ON workspace_settings FOR EACH ROW EXECUTE FUNCTION settings_were_changed();

-- What workspaces limit: what they may use in a day and in a month, and how many of their attempts may be in flight at once.
CREATE VIEW workspace_limits AS
SELECT workspace, period, unit, amount_limit FROM workspace_budgets
UNION ALL
SELECT workspace, 'now', 'attempts', (options ->> 'maxConcurrent')::bigint FROM workspace_settings WHERE options ? 'maxConcurrent';

-- counted: the attempt was in flight when its workspace got a limit of attempts in flight.
ALTER TABLE ledger DROP CONSTRAINT ledger_entry_check1;
ALTER TABLE ledger ADD CONSTRAINT ledger_entry_check CHECK (entry IN ('reserved', 'counted', 'returned', 'kept', 'settled'));

-- `waits_for`: in words, of runs that wait for room in the workspace and for nothing else.
ALTER TABLE budget_waits ADD COLUMN priority int NOT NULL DEFAULT 3, ADD COLUMN waits_for text;

-- How often routing asked for what a worker keeps at hand, and how often it had to be read, since the worker started.
CREATE TABLE worker_caches (
  workspace   text NOT NULL,
  worker      text NOT NULL,
  asked       bigint NOT NULL,
  read        bigint NOT NULL,
  reported_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, worker)
);

-- Time that agents are at work is one more unit of budgets: reserved by the timeout of an attempt, settled to how long it took.
ALTER TABLE budget_accounts DROP CONSTRAINT budget_accounts_unit_check;
ALTER TABLE budget_accounts ADD CONSTRAINT budget_accounts_unit_check CHECK (unit IN ('costMicros', 'tokens', 'attempts', 'timeMs'));
ALTER TABLE workspace_budgets DROP CONSTRAINT workspace_budgets_unit_check;
ALTER TABLE workspace_budgets ADD CONSTRAINT workspace_budgets_unit_check CHECK (unit IN ('costMicros', 'tokens', 'attempts', 'timeMs'));
ALTER TABLE leases ADD COLUMN reserved_ms bigint CHECK (reserved_ms >= 0);
ALTER TABLE ledger ADD COLUMN reserved_ms bigint, ADD COLUMN kept_ms bigint, ADD COLUMN spent_ms bigint;

-- As in 0004, with time.
CREATE OR REPLACE FUNCTION ledger_was_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- What an attempt that was given up as lost has used. Its outcome may be younger than the statement that settles it, so it is looked for here.
  IF EXISTS (SELECT FROM added WHERE entry = 'settled' AND reserved_attempts = 0) THEN
    UPDATE outcomes SET tokens = spent_tokens, cost_usd = spent_micros::numeric / 1000000 FROM added
    WHERE entry = 'settled' AND reserved_attempts = 0 AND lost AND outcomes.workspace = added.workspace
      AND outcomes.session = added.session AND outcomes.run = added.run AND outcomes.attempt = added.attempt;
  END IF;
  IF NOT EXISTS (SELECT FROM added WHERE accounts <> '{}') THEN
    RETURN NULL;
  END IF;
  WITH changes AS (
    SELECT workspace, account, unit, sum(reserved)::bigint AS reserved, sum(kept)::bigint AS kept, sum(spent)::bigint AS spent
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
  )
  UPDATE budget_accounts AS own
  SET reserved = own.reserved + locked.reserved, kept = own.kept + locked.kept, spent = own.spent + locked.spent
  FROM locked WHERE own.workspace = locked.workspace AND own.account = locked.account AND own.unit = locked.unit;
  -- Whoever joined the wait before the accounts were locked here is seen by now.
  IF EXISTS (SELECT FROM added JOIN budget_waits AS waits ON waits.workspace = added.workspace AND waits.accounts && added.accounts
             WHERE entry <> 'reserved') THEN
    PERFORM pg_notify('orchestra_budget', '');
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION leases_to_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM changed WHERE accounts IS NOT NULL AND (begun_at IS NULL OR released_at IS NOT NULL)) THEN
    INSERT INTO ledger (workspace, session, run, attempt, token, entry, accounts, reserved_micros, reserved_tokens, reserved_ms, reserved_attempts,
                        kept_micros, kept_tokens, kept_ms, kept_attempts, spent_attempts)
    SELECT workspace, session, run, attempt, token, entry, accounts, sign * reserved_micros, sign * reserved_tokens, sign * reserved_ms, sign,
           CASE entry WHEN 'kept' THEN reserved_micros ELSE 0 END, CASE entry WHEN 'kept' THEN reserved_tokens ELSE 0 END,
           CASE entry WHEN 'kept' THEN reserved_ms ELSE 0 END,
           CASE entry WHEN 'kept' THEN 1 ELSE 0 END, 0
    FROM changed
    CROSS JOIN LATERAL (SELECT CASE WHEN released_at IS NULL THEN 'reserved' WHEN begun_at IS NULL THEN 'returned' ELSE 'kept' END) AS as_entry (entry)
    CROSS JOIN LATERAL (SELECT CASE entry WHEN 'reserved' THEN 1 ELSE -1 END) AS as_sign (sign)
    WHERE accounts IS NOT NULL AND (begun_at IS NULL OR released_at IS NOT NULL)
      AND NOT (entry = 'kept' AND EXISTS (
        SELECT FROM ledger AS known WHERE known.workspace = changed.workspace AND known.session = changed.session
          AND known.run = changed.run AND known.attempt = changed.attempt AND known.token = changed.token AND known.entry = 'settled'))
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION lease_was_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger (workspace, session, run, attempt, token, entry, accounts, reserved_micros, reserved_tokens, reserved_ms, reserved_attempts,
                      kept_attempts, spent_attempts)
  VALUES (OLD.workspace, OLD.session, OLD.run, OLD.attempt, OLD.token, 'returned', OLD.accounts, -OLD.reserved_micros, -OLD.reserved_tokens, -OLD.reserved_ms,
          -1, 0, 0)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
