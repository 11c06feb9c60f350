-- Up Migration

-- Runs that wait for an agent of the registry that has room. Runs with the same requirement wait for the same agents. Once the run gets its
-- turn, the row says which lease was taken for it, until its session has heard of it.
CREATE TABLE waiting_line (
  workspace       text NOT NULL,
  session         text NOT NULL,
  run             text NOT NULL,
  attempt         int NOT NULL,
  requirement_key text NOT NULL,
  requirement     jsonb NOT NULL,
  priority        int NOT NULL,
  remaining_ms    float8 NOT NULL,
  since           timestamptz NOT NULL,
  waits_for       text NOT NULL,
  token           bigint,
  granted_at      timestamptz,
  PRIMARY KEY (workspace, session, run)
);
CREATE INDEX waiting_line_by_requirement ON waiting_line (workspace, requirement_key, priority, since) WHERE token IS NULL;
CREATE INDEX waiting_line_granted ON waiting_line (granted_at) WHERE token IS NOT NULL;

-- How much each workspace gets of agents that many wait for, in proportion to the others.
CREATE TABLE workspace_shares (
  workspace       text PRIMARY KEY,
  weight          float8 NOT NULL DEFAULT 1 CHECK (weight > 0),
  last_granted_at timestamptz
);
CREATE INDEX leases_of_registered_agents ON leases (workspace) WHERE released_at IS NULL AND agent_workspace IS NOT NULL;

-- Why an attempt went to its agent.
CREATE TABLE assignments (
  workspace  text NOT NULL,
  session    text NOT NULL,
  run        text NOT NULL,
  attempt    int NOT NULL,
  assignment json NOT NULL,
  at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, session, run, attempt)
);
