-- Up Migration

-- What workspaces limit: what they may use in a day and in a month, how many of their attempts may be in flight at once, and how many may start in
-- a window; its period is `rate/1m`.
CREATE OR REPLACE VIEW workspace_limits AS
SELECT workspace, period, unit, amount_limit FROM workspace_budgets
UNION ALL
SELECT workspace, 'now', 'attempts', (options ->> 'maxConcurrent')::bigint FROM workspace_settings WHERE options ? 'maxConcurrent'
UNION ALL
SELECT workspace, 'rate/' || split_part(options ->> 'rateLimit', '/', 2), 'attempts', split_part(options ->> 'rateLimit', '/', 1)::bigint
FROM workspace_settings WHERE options ? 'rateLimit';

-- Who waits goes by priority, then by age, and no workspace keeps others from being looked at.
DROP INDEX budget_waits_in_order;
CREATE INDEX budget_waits_in_order ON budget_waits (workspace, priority, since);

-- Windows that are past are looked for among all accounts.
CREATE INDEX budget_accounts_of_starts ON budget_accounts (workspace) WHERE account ~ '^(workspace|agent/[^/]+/[^/]+)/rate/';

-- As in 0008. An account of an agent belongs to the workspace whose registry has it, whoever it works for; who keeps the agents at hand hears
-- what it has started.
CREATE OR REPLACE FUNCTION ledger_was_added() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  told bigint;
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

-- People are asked about conflicts as they are about budgets.
ALTER TABLE approvals DROP CONSTRAINT approvals_kind_check;
ALTER TABLE approvals ADD CONSTRAINT approvals_kind_check CHECK (kind IN ('budget', 'conflict'));
ALTER TABLE resource_waits ADD COLUMN approval text;
