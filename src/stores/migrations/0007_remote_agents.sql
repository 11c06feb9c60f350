-- Up Migration

-- Attempts of agents that come for their work: offered to them, or claimed by one. Their leases say whether they live; `task_token` completes the
-- Temporal activity that waits for the outcome.
CREATE TABLE remote_work (
  workspace       text NOT NULL,
  session         text NOT NULL,
  run             text NOT NULL,
  attempt         int NOT NULL,
  token           bigint NOT NULL,
  agent_workspace text NOT NULL,
  agent           text NOT NULL,
  task_token      bytea NOT NULL,
  timeout_ms      bigint NOT NULL,
  offered_at      timestamptz NOT NULL DEFAULT now(),
  grant_until     timestamptz NOT NULL,
  claimed_at      timestamptz,
  times_out_at    timestamptz,
  PRIMARY KEY (workspace, session, run, attempt)
);
CREATE INDEX remote_work_of_agents ON remote_work (agent_workspace, agent, offered_at);
CREATE INDEX remote_work_unclaimed ON remote_work (grant_until) WHERE claimed_at IS NULL;
CREATE INDEX remote_work_timeouts ON remote_work (times_out_at) WHERE claimed_at IS NOT NULL;

-- Secrets are 256 random bits, so a plain hash keeps them.
CREATE TABLE agent_tokens (
  workspace  text NOT NULL,
  id         text NOT NULL,
  agent      text NOT NULL,
  hash       bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  PRIMARY KEY (workspace, id),
  FOREIGN KEY (workspace, agent) REFERENCES agents (workspace, name) ON DELETE CASCADE
);
-- Whoever comes with a token says no workspace.
CREATE INDEX agent_tokens_by_id ON agent_tokens (id);
CREATE INDEX agent_tokens_of_agents ON agent_tokens (workspace, agent);

-- When agents that come for their work were last seen. Unlogged: after a crash of the database they are seen again within seconds. Without an index on
-- the time, and with room in its pages, so that what changes every few seconds changes in place.
CREATE UNLOGGED TABLE agent_presence (
  workspace text NOT NULL,
  agent     text NOT NULL,
  seen_at   timestamptz NOT NULL,
  is_online boolean NOT NULL,
  PRIMARY KEY (workspace, agent),
  FOREIGN KEY (workspace, agent) REFERENCES agents (workspace, name) ON DELETE CASCADE
) WITH (fillfactor = 50);

-- Processes that keep tokens at hand forget one that is revoked, or gone with its agent.
CREATE FUNCTION agent_token_was_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('orchestra_tokens', OLD.id);
  RETURN NULL;
END $$;
CREATE TRIGGER agent_tokens_tell AFTER DELETE ON agent_tokens FOR EACH ROW EXECUTE FUNCTION agent_token_was_removed();
