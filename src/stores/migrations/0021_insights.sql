-- Up Migration

-- What was learnt from outcomes by statistical tests. The id is a hash of kind, scope and feature: what is found again is the same row.
CREATE TABLE insights (
  workspace  text NOT NULL,
  id         text NOT NULL,
  kind       text NOT NULL,
  scope      jsonb NOT NULL,
  feature    jsonb NOT NULL,
  says       text NOT NULL,
  confidence int NOT NULL CHECK (confidence BETWEEN 0 AND 100),
  counts     jsonb NOT NULL,
  links      jsonb NOT NULL,
  advice     jsonb,
  -- What attempts came to that were told it, and those that were not.
  effect     jsonb,
  first_seen timestamptz NOT NULL DEFAULT now(),
  last_seen  timestamptz NOT NULL DEFAULT now(),
  -- Since when newer outcomes do not show it any more.
  expired_at timestamptz,
  PRIMARY KEY (workspace, id)
);

-- Prompts that told an insight.
CREATE TABLE insight_applications (
  workspace text NOT NULL,
  session   text NOT NULL,
  run       text NOT NULL,
  attempt   int NOT NULL,
  insight   text NOT NULL,
  at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, session, run, attempt, insight)
);
CREATE INDEX insight_applications_of_insights ON insight_applications (workspace, insight);

-- The latest mining of each workspace: how many outcomes it looked at, and until when they had ended.
CREATE TABLE insight_minings (
  workspace text PRIMARY KEY,
  outcomes  int NOT NULL,
  up_to     timestamptz NOT NULL
);

CREATE INDEX outcomes_by_end ON outcomes (workspace, ended_at DESC);
