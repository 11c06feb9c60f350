-- Up Migration

-- Temporal tells the runs of a schedule apart by the second: each trigger gets one of its own. This is the latest that was given.
ALTER TABLE schedules ADD COLUMN triggered_at timestamptz;

-- Versions of a plan are found by its name.
CREATE INDEX plans_of_names ON plans (workspace, name, created_at DESC);
