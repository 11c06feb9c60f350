-- Up Migration

-- How an agent does against its own past (domain/health/behaviour), with its outcomes taken in up to `counted_until`.
CREATE TABLE agent_behaviours (
  workspace     text NOT NULL,
  agent         text NOT NULL,
  behaviour     jsonb,
  counted_until timestamptz NOT NULL DEFAULT '-infinity',
  unusual       jsonb GENERATED ALWAYS AS (behaviour -> 'unusual') STORED,
  PRIMARY KEY (workspace, agent)
);

CREATE INDEX agents_unusual ON agent_behaviours (workspace, agent) WHERE unusual <> '{}';

-- What agents of the registry came to, whoever's sessions they worked for.
CREATE INDEX outcomes_of_agents_by_time ON outcomes (agent_workspace, agent, settled_at DESC) WHERE agent_workspace IS NOT NULL;

CREATE OR REPLACE FUNCTION health_goes_with_agent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM agent_breakers WHERE workspace = OLD.workspace AND agent = OLD.name;
  DELETE FROM agent_behaviours WHERE workspace = OLD.workspace AND agent = OLD.name;
  DELETE FROM agent_events WHERE workspace = OLD.workspace AND agent = OLD.name;
  RETURN NULL;
END $$;
