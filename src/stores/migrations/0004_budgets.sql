-- Up Migration

-- What is limited: of a session with its child sessions, of a task with its items and child sessions, and of a day and a month of a workspace.
-- Units: costMicros (millionths of a US dollar), tokens, attempts. `reserved`: by attempts in flight. `kept`: by attempts that are over, and of
-- which nobody knows what they used. Triggers on the ledger add all three up. Of a workspace, the limit is in workspace_budgets.
CREATE TABLE budget_accounts (
  workspace    text NOT NULL,
  account      text COLLATE "C" NOT NULL,
  unit         text COLLATE "C" NOT NULL CHECK (unit IN ('costMicros', 'tokens', 'attempts')),
  amount_limit bigint CHECK (amount_limit >= 0),
  reserved     bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  kept         bigint NOT NULL DEFAULT 0 CHECK (kept >= 0),
  spent        bigint NOT NULL DEFAULT 0 CHECK (spent >= 0),
  PRIMARY KEY (workspace, account, unit)
);

CREATE TABLE workspace_budgets (
  workspace    text NOT NULL,
  period       text NOT NULL CHECK (period IN ('day', 'month')),
  unit         text NOT NULL CHECK (unit IN ('costMicros', 'tokens', 'attempts')),
  amount_limit bigint NOT NULL CHECK (amount_limit >= 0),
  PRIMARY KEY (workspace, period, unit)
);

-- Of a child session: what its attempts count against besides the budgets of its own plan.
ALTER TABLE sessions ADD COLUMN budgets jsonb NOT NULL DEFAULT '[]';

-- What an attempt has reserved, and in which accounts; they are null for a child session, whose attempts reserve for themselves.
ALTER TABLE leases
  ADD COLUMN accounts text[],
  ADD COLUMN reserved_micros bigint CHECK (reserved_micros >= 0),
  ADD COLUMN reserved_tokens bigint CHECK (reserved_tokens >= 0);
UPDATE leases SET accounts = '{}' WHERE expires_at <> 'infinity';

-- Append-only. Each entry says how it changes what is reserved, kept and spent, so that the sums of the entries are the accounts. What is null is
-- unknown, and counts as zero.
ALTER TABLE ledger RENAME TO old_ledger;
CREATE TABLE ledger (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  workspace         text NOT NULL,
  session           text NOT NULL,
  run               text NOT NULL,
  attempt           int NOT NULL,
  token             bigint NOT NULL,
  -- returned: nobody has begun the attempt. kept: it was begun, and nobody knows what it used. settled: the attempt has ended.
  entry             text NOT NULL CHECK (entry IN ('reserved', 'returned', 'kept', 'settled')),
  accounts          text[] NOT NULL,
  reserved_micros   bigint,
  kept_micros       bigint,
  spent_micros      bigint,
  reserved_tokens   bigint,
  kept_tokens       bigint,
  spent_tokens      bigint,
  reserved_attempts int NOT NULL,
  kept_attempts     int NOT NULL,
  spent_attempts    int NOT NULL,
  at                timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace, session, run, attempt, token, entry)
);

INSERT INTO ledger (workspace, session, run, attempt, token, entry, accounts, spent_micros, spent_tokens,
                    reserved_attempts, kept_attempts, spent_attempts, at)
SELECT workspace, session, run, attempt, token, entry, '{}', cost_usd * 1000000, tokens,
       CASE entry WHEN 'reserved' THEN 1 ELSE -1 END, 0, CASE entry WHEN 'settled' THEN 1 ELSE 0 END, at
FROM old_ledger JOIN leases USING (workspace, session, run, attempt) WHERE accounts IS NOT NULL ORDER BY id;
DROP TABLE old_ledger;

-- Runs that wait until a budget has room for them, or until somebody has answered whether they may go over it.
CREATE TABLE budget_waits (
  id        bigint GENERATED ALWAYS AS IDENTITY,
  workspace text NOT NULL,
  session   text NOT NULL,
  run       text NOT NULL,
  -- [{ account, unit, limit, wanted }], all that the attempt would reserve.
  wants     jsonb NOT NULL,
  accounts  text[] NOT NULL,
  approval  text,
  since     timestamptz NOT NULL,
  woken_at  timestamptz,
  PRIMARY KEY (workspace, session, run)
);
CREATE INDEX budget_waits_in_order ON budget_waits (since);

-- Questions to people. `question_hash` is of exactly what is asked; an approved one lets exactly that through, once.
CREATE TABLE approvals (
  workspace     text NOT NULL,
  id            text NOT NULL,
  session       text NOT NULL,
  run           text NOT NULL,
  attempt       int NOT NULL,
  kind          text NOT NULL CHECK (kind = 'budget'),
  question      jsonb NOT NULL,
  question_hash text NOT NULL,
  status        text NOT NULL CHECK (status IN ('open', 'approved', 'rejected', 'withdrawn')),
  asked_at      timestamptz NOT NULL DEFAULT now(),
  decided_at    timestamptz,
  decided_by    text,
  used_at       timestamptz,
  PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX approvals_by_question ON approvals (workspace, session, run, attempt, question_hash);
CREATE INDEX approvals_open ON approvals (workspace, asked_at) WHERE status = 'open';

-- What a waiting run would reserve once it gets an agent.
ALTER TABLE waiting_line ADD COLUMN reservation jsonb NOT NULL DEFAULT '{"limits": [], "reserve": {}, "timeoutMs": 0}';

CREATE FUNCTION ledger_was_added() RETURNS trigger LANGUAGE plpgsql AS $$
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
      ('attempts', reserved_attempts, kept_attempts, spent_attempts)
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
CREATE TRIGGER ledger_adds_up AFTER INSERT ON ledger
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_was_added();

-- Whatever takes or ends a lease, its reservation is in the ledger once: reserved, returned where nobody has begun the attempt, kept where it was
-- begun and has not been settled. The names of the triggers make them follow those on the rooms of agents, which are locked first.
CREATE FUNCTION leases_to_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM changed WHERE accounts IS NOT NULL AND (begun_at IS NULL OR released_at IS NOT NULL)) THEN
    INSERT INTO ledger (workspace, session, run, attempt, token, entry, accounts, reserved_micros, reserved_tokens, reserved_attempts,
                        kept_micros, kept_tokens, kept_attempts, spent_attempts)
    SELECT workspace, session, run, attempt, token, entry, accounts, sign * reserved_micros, sign * reserved_tokens, sign,
           CASE entry WHEN 'kept' THEN reserved_micros ELSE 0 END, CASE entry WHEN 'kept' THEN reserved_tokens ELSE 0 END,
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
CREATE TRIGGER leases_to_ledger_added AFTER INSERT ON leases
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION leases_to_ledger();
CREATE TRIGGER leases_to_ledger_changed AFTER UPDATE ON leases
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION leases_to_ledger();

-- A lease that nobody had begun was taken anew, under another token: what the first reserved goes back.
CREATE FUNCTION lease_was_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger (workspace, session, run, attempt, token, entry, accounts, reserved_micros, reserved_tokens, reserved_attempts,
                      kept_attempts, spent_attempts)
  VALUES (OLD.workspace, OLD.session, OLD.run, OLD.attempt, OLD.token, 'returned', OLD.accounts, -OLD.reserved_micros, -OLD.reserved_tokens,
          -1, 0, 0)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER leases_to_ledger_replaced AFTER UPDATE ON leases FOR EACH ROW
  WHEN (OLD.token <> NEW.token AND OLD.begun_at IS NULL AND OLD.released_at IS NULL AND OLD.accounts IS NOT NULL)
  EXECUTE FUNCTION lease_was_replaced();
