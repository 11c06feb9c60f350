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

-- What is to be done about agents, and what was; a worker where the agent is takes it, at most once.
CREATE TABLE agent_recoveries (
  workspace    text NOT NULL,
  agent        text NOT NULL,
  id           bigint GENERATED ALWAYS AS IDENTITY,
  action       text NOT NULL,
  by_whom      text NOT NULL,
  why          text,
  requested_at timestamptz NOT NULL DEFAULT now(),
  taken_at     timestamptz,
  succeeded    boolean,
  detail       text,
  PRIMARY KEY (workspace, agent, id)
);
CREATE INDEX agent_recoveries_to_take ON agent_recoveries (requested_at) WHERE taken_at IS NULL;

-- Who or what did it; null where it came about by itself.
ALTER TABLE agent_events ADD COLUMN by_whom text;

-- What agents of the registry came to, whoever's sessions they worked for.
CREATE INDEX outcomes_of_agents_by_time ON outcomes (agent_workspace, agent, settled_at DESC) WHERE agent_workspace IS NOT NULL;

CREATE OR REPLACE FUNCTION health_goes_with_agent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM agent_breakers WHERE workspace = OLD.workspace AND agent = OLD.name;
  DELETE FROM agent_behaviours WHERE workspace = OLD.workspace AND agent = OLD.name;
  DELETE FROM agent_recoveries WHERE workspace = OLD.workspace AND agent = OLD.name;
  DELETE FROM agent_events WHERE workspace = OLD.workspace AND agent = OLD.name;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION draining_was_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO agent_events (workspace, agent, kind, why, by_whom)
  VALUES (NEW.workspace, NEW.name, CASE WHEN NEW.draining THEN 'draining' ELSE 'undrained' END,
          nullif(current_setting('orchestra.why', true), ''), nullif(current_setting('orchestra.by', true), ''));
  RETURN NULL;
END $$;
