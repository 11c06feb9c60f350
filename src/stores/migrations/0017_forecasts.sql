-- Up Migration

-- When open sessions will have ended, as their latest forecast says: half of the simulated sessions had by `p50_at`, nine of ten by `p90_at`; or
-- why nobody can say. `turn`: what it was made from.
CREATE TABLE session_forecasts (
  workspace text NOT NULL,
  session   text NOT NULL,
  at        timestamptz NOT NULL,
  turn      int NOT NULL,
  p50_at    timestamptz,
  p90_at    timestamptz,
  reason    text,
  PRIMARY KEY (workspace, session),
  CHECK ((p50_at IS NULL) = (p90_at IS NULL) AND (p50_at IS NULL) = (reason IS NOT NULL))
);

-- The latest attempts of a task, those that say something of it.
CREATE INDEX outcomes_of_tasks ON outcomes (workspace, plan_name, task, settled_at DESC)
  WHERE NOT lost AND verdict IN ('succeeded', 'failed', 'timed_out', 'contradictory');

CREATE INDEX sessions_of_plans ON sessions (workspace, plan_name, created_at DESC);
