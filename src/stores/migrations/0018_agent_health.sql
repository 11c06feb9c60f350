-- Up Migration

-- The circuit breaker of an agent. A trigger on the outcomes adds evidence, one letter each (s: succeeded, f: failed); a keeper takes it in,
-- by the state machine of domain/health/circuit-breaker.ts. `due_at`: when the keeper has to look at it; null where nothing is to be expected.
-- With room in its pages, so that evidence of an agent that works well changes in place.
CREATE TABLE agent_breakers (
  workspace text NOT NULL,
  agent     text NOT NULL,
  evidence  text NOT NULL DEFAULT '',
  breaker   jsonb,
  due_at    timestamptz,
  -- When its latest outcome was settled; when somebody looked whether it can be reached, and whether it could.
  spoke_at  timestamptz,
  probed_at timestamptz,
  reachable boolean,
  PRIMARY KEY (workspace, agent)
) WITH (fillfactor = 70);
CREATE INDEX agent_breakers_due ON agent_breakers (due_at) WHERE due_at IS NOT NULL;

-- While the breaker of the agent is not closed: how many attempts it may still be given.
ALTER TABLE agent_room ADD COLUMN trials int CHECK (trials >= 0);

-- The places that nobody can be given: all of them, where the breaker lets nobody through.
CREATE FUNCTION places_taken(running int, max_concurrent int, trials int) RETURNS int LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT CASE WHEN trials = 0 THEN greatest(running, max_concurrent) ELSE running END;
END;

-- As before, but who is given a place is a trial where trials are counted.
CREATE OR REPLACE FUNCTION change_agent_room(changes jsonb) RETURNS void LANGUAGE sql AS $$
  WITH changed AS (
    SELECT * FROM jsonb_to_recordset(changes) AS x (workspace text, agent text, change int) WHERE change <> 0
  ), room AS (
    -- In key order, as everybody locks them.
    SELECT agent_room.workspace, agent_room.agent, change FROM agent_room JOIN changed USING (workspace, agent)
    ORDER BY workspace, agent FOR UPDATE OF agent_room
  ), counted AS (
    UPDATE agent_room SET running = running + change, 
      trials = CASE WHEN trials > 0 THEN greatest(trials - greatest(change, 0), 0) ELSE trials END FROM room
    WHERE agent_room.workspace = room.workspace AND agent_room.agent = room.agent
    RETURNING agent_room.workspace, agent_room.agent, running, max_concurrent, trials
  )
  SELECT pg_notify('orchestra_room', jsonb_build_array(workspace, agent, places_taken(running, max_concurrent, trials)::text)::text) FROM counted
$$;

-- Cancelled and rate-limited attempts say nothing of the agent, nor do those that were lost with a worker or failed before anybody was asked. An
-- agent that comes for its work and is not heard of any more has failed.
CREATE FUNCTION outcomes_are_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  are_due boolean;
BEGIN
  IF NOT EXISTS (SELECT FROM added WHERE agent_workspace IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  WITH spoken AS (
    SELECT agent_workspace AS workspace, added.agent, string_agg(CASE verdict WHEN 'succeeded' THEN 's' ELSE 'f' END, '' ORDER BY ended_at) AS evidence
    FROM added JOIN agents ON agents.workspace = agent_workspace AND agents.name = added.agent
    WHERE verdict IN ('succeeded', 'failed', 'timed_out', 'contradictory')
      AND (verdict <> 'failed' OR evidence <> '[]' OR lost)
      AND (NOT lost OR definition -> 'connector' ->> 'connector' IN ('remote', 'function'))
    GROUP BY 1, 2
  ), noted AS (
    INSERT INTO agent_breakers AS known (workspace, agent, evidence, spoke_at, due_at)
    SELECT workspace, agent, right(evidence, 100), now(), CASE WHEN evidence LIKE '%f%' THEN now() END FROM spoken ORDER BY 1, 2
    ON CONFLICT (workspace, agent) DO UPDATE SET evidence = right(known.evidence || excluded.evidence, 100), spoke_at = now(),
      due_at = CASE WHEN excluded.due_at IS NOT NULL OR known.breaker ->> 'state' = 'half-open' THEN now() ELSE known.due_at END
    RETURNING due_at
  )
  SELECT count(*) > 0 INTO are_due FROM noted WHERE due_at = now();
  IF are_due THEN
    PERFORM pg_notify('orchestra_breakers', '');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER outcomes_speak_of_agents AFTER INSERT ON outcomes
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION outcomes_are_evidence();

-- What became of an agent: `kind` in a word, `why` for people.
CREATE TABLE agent_events (
  workspace text NOT NULL,
  agent     text NOT NULL,
  id        bigint GENERATED ALWAYS AS IDENTITY,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  kind      text NOT NULL,
  why       text,
  PRIMARY KEY (workspace, agent, id)
);
CREATE INDEX agent_events_by_age ON agent_events (at);

-- Without a foreign key: whoever notes something of an agent waits for nobody who removes it.
CREATE FUNCTION health_goes_with_agent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM agent_breakers WHERE workspace = OLD.workspace AND agent = OLD.name;
  DELETE FROM agent_events WHERE workspace = OLD.workspace AND agent = OLD.name;
  RETURN NULL;
END $$;
CREATE TRIGGER agents_give_up_health AFTER DELETE ON agents FOR EACH ROW EXECUTE FUNCTION health_goes_with_agent();

-- Whoever changes whether an agent takes work: it is noted.
CREATE FUNCTION draining_was_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO agent_events (workspace, agent, kind) VALUES (NEW.workspace, NEW.name, CASE WHEN NEW.draining THEN 'draining' ELSE 'undrained' END);
  RETURN NULL;
END $$;
CREATE TRIGGER agents_note_draining AFTER UPDATE ON agents FOR EACH ROW
  WHEN (OLD.draining <> NEW.draining) EXECUTE FUNCTION draining_was_changed();

CREATE FUNCTION presence_was_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO agent_events (workspace, agent, kind) VALUES (NEW.workspace, NEW.agent, CASE WHEN NEW.is_online THEN 'online' ELSE 'offline' END);
  RETURN NULL;
END $$;
CREATE TRIGGER presence_is_noted AFTER INSERT ON agent_presence FOR EACH ROW EXECUTE FUNCTION presence_was_changed();
CREATE TRIGGER presence_change_is_noted AFTER UPDATE ON agent_presence FOR EACH ROW
  WHEN (OLD.is_online <> NEW.is_online) EXECUTE FUNCTION presence_was_changed();

-- Of a host: of all agents that live there.
CREATE FUNCTION host_change_is_noted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  what text := CASE WHEN NOT NEW.is_online THEN 'offline' WHEN NEW.draining THEN 'draining' ELSE 'online' END;
BEGIN
  INSERT INTO agent_events (workspace, agent, kind, why)
  SELECT workspace, name, what, 'its host ' || NEW.name || CASE what WHEN 'draining' THEN ' takes no new work' WHEN 'online' THEN ' is there' ELSE ' is gone' END
  FROM agents WHERE workspace = NEW.workspace AND host_of(name) = NEW.name;
  RETURN NULL;
END $$;
CREATE TRIGGER hosts_are_noted AFTER UPDATE ON hosts FOR EACH ROW
  WHEN (OLD.is_online <> NEW.is_online OR OLD.draining <> NEW.draining) EXECUTE FUNCTION host_change_is_noted();
