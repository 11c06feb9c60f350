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
  worker      text PRIMARY KEY,
  asked       bigint NOT NULL,
  read        bigint NOT NULL,
  reported_at timestamptz NOT NULL DEFAULT now()
);
