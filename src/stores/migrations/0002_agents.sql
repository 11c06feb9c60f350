-- Up Migration

-- Functions of an index bind their names when they are made (BEGIN ATOMIC): an index is built with another search path.
-- The text that agents are searched in; of a description, its beginning.
CREATE FUNCTION agent_search_text(definition jsonb) RETURNS text LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT lower(concat_ws(' ', definition ->> 'name', left(definition ->> 'description', 1000),
    (SELECT string_agg(x #>> '{}', ' ') FROM jsonb_path_query(definition, '$.capabilities[*].name') AS x),
    (SELECT string_agg(x #>> '{}', ' ') FROM jsonb_path_query(definition, '$.capabilities[*].technologies[*]') AS x),
    (SELECT string_agg(x #>> '{}', ' ') FROM jsonb_path_query(definition, '$.tags[*]') AS x)));
END;

-- The pieces of two and three characters that words consist of.
CREATE FUNCTION search_pieces(text text, smallest int) RETURNS text[] LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT array(
    SELECT substr(text, at, size) FROM generate_series(smallest, 3) AS size, generate_series(1, length(text) - size + 1) AS at
    WHERE strpos(substr(text, at, size), ' ') = 0
  );
END;

-- What agents are found by: who sees them, their terms, and the pieces of their text. No piece is as long as the rest.
CREATE FUNCTION agent_search_keys(workspace text, shared boolean, definition jsonb, search_text text) RETURNS text[] LANGUAGE sql IMMUTABLE COST 10000
BEGIN ATOMIC
  SELECT array(
    SELECT 'workspace:' || workspace
    UNION ALL SELECT 'shared' WHERE shared
    UNION ALL SELECT 'capability:' || (x #>> '{}') FROM jsonb_path_query(definition, '$.capabilities[*].name') AS x
    UNION ALL SELECT 'technology:' || (x #>> '{}') FROM jsonb_path_query(definition, '$.capabilities[*].technologies[*]') AS x
    UNION ALL SELECT 'tag:' || (x #>> '{}') FROM jsonb_path_query(definition, '$.tags[*]') AS x
    UNION ALL SELECT unnest(search_pieces(search_text, 2))
  );
END;

-- The registry. `definition`: what the owner wrote, without secrets.
CREATE TABLE agents (
  workspace  text NOT NULL,
  name       text NOT NULL,
  definition jsonb NOT NULL,
  shared     boolean NOT NULL,
  draining   boolean NOT NULL DEFAULT false,
  revision   int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  search_text text NOT NULL GENERATED ALWAYS AS (agent_search_text(definition)) STORED,
  PRIMARY KEY (workspace, name)
);
CREATE INDEX agents_shared ON agents (name) WHERE shared;
-- A list of pending entries would be read by every search.
CREATE INDEX agents_search ON agents USING gin (agent_search_keys(workspace, shared, definition, search_text)) WITH (fastupdate = off);

-- Values that definitions refer to by name, encrypted (AES-256-GCM).
CREATE TABLE agent_secrets (
  workspace  text NOT NULL,
  agent      text NOT NULL,
  name       text NOT NULL,
  key_id     text NOT NULL,
  nonce      bytea NOT NULL,
  ciphertext bytea NOT NULL,
  tag        bytea NOT NULL,
  PRIMARY KEY (workspace, agent, name),
  FOREIGN KEY (workspace, agent) REFERENCES agents (workspace, name) ON DELETE CASCADE
);

-- The room of an agent: how many attempts it takes at once, and how many are in flight. Triggers on the leases keep the count, so that
-- whatever ends a lease makes room exactly once.
CREATE TABLE agent_room (
  workspace      text NOT NULL,
  agent          text NOT NULL,
  max_concurrent int NOT NULL CHECK (max_concurrent > 0),
  running        int NOT NULL DEFAULT 0 CHECK (running >= 0),
  PRIMARY KEY (workspace, agent),
  FOREIGN KEY (workspace, agent) REFERENCES agents (workspace, name) ON DELETE CASCADE
);

-- What was measured of an agent. A trigger on the outcomes adds it up.
CREATE TABLE agent_records (
  workspace               text NOT NULL,
  agent                   text NOT NULL,
  succeeded               bigint NOT NULL DEFAULT 0,
  failed                  bigint NOT NULL DEFAULT 0,
  log_duration_sum        float8 NOT NULL DEFAULT 0,
  log_duration_square_sum float8 NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace, agent),
  FOREIGN KEY (workspace, agent) REFERENCES agents (workspace, name) ON DELETE CASCADE
);

-- The workspace whose registry has the agent of the attempt; null for an agent of the plan itself, and for a child session.
ALTER TABLE leases ADD COLUMN agent_workspace text;
ALTER TABLE outcomes ADD COLUMN agent_workspace text;

CREATE FUNCTION change_agent_room(changes jsonb) RETURNS void LANGUAGE sql AS $$
  WITH changed AS (
    SELECT * FROM jsonb_to_recordset(changes) AS x (workspace text, agent text, change int) WHERE change <> 0
  ), room AS (
    -- In key order, as everybody locks them.
    SELECT agent_room.workspace, agent_room.agent, change FROM agent_room JOIN changed USING (workspace, agent)
    ORDER BY workspace, agent FOR UPDATE OF agent_room
  ), counted AS (
    UPDATE agent_room SET running = running + change FROM room
    WHERE agent_room.workspace = room.workspace AND agent_room.agent = room.agent
    RETURNING agent_room.workspace, agent_room.agent, running
  )
  SELECT pg_notify('orchestra_room', jsonb_build_array(workspace, agent, running::text)::text) FROM counted
$$;

CREATE FUNCTION leases_were_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added WHERE agent_workspace IS NOT NULL) THEN
    PERFORM change_agent_room((SELECT jsonb_agg(sums) FROM (
      SELECT agent_workspace AS workspace, agent, count(*) AS change FROM added
      WHERE agent_workspace IS NOT NULL AND released_at IS NULL GROUP BY 1, 2
    ) AS sums));
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION leases_were_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM after_change WHERE agent_workspace IS NOT NULL) THEN
    PERFORM change_agent_room((SELECT jsonb_agg(sums) FROM (
      SELECT agent_workspace AS workspace, agent, sum(change) AS change FROM (
        SELECT agent_workspace, agent, 1 AS change FROM after_change WHERE released_at IS NULL
        UNION ALL
        SELECT agent_workspace, agent, -1 FROM before_change WHERE released_at IS NULL
      ) AS each WHERE agent_workspace IS NOT NULL GROUP BY 1, 2
    ) AS sums));
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER leases_take_room AFTER INSERT ON leases
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION leases_were_added();
CREATE TRIGGER leases_make_room AFTER UPDATE ON leases
  REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION leases_were_changed();

-- Attempts that say nothing of the agent are not counted: cancelled, rate-limited, and lost with their worker.
CREATE FUNCTION outcomes_were_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added WHERE agent_workspace IS NOT NULL) THEN
    INSERT INTO agent_records AS record
    SELECT agent_workspace, agent,
           count(*) FILTER (WHERE verdict = 'succeeded'),
           count(*) FILTER (WHERE verdict <> 'succeeded'),
           coalesce(sum(ln(greatest(duration_ms, 1))) FILTER (WHERE verdict = 'succeeded'), 0),
           coalesce(sum(ln(greatest(duration_ms, 1)) ^ 2) FILTER (WHERE verdict = 'succeeded'), 0)
    FROM added JOIN agents ON agents.workspace = agent_workspace AND agents.name = added.agent
    WHERE NOT lost AND verdict IN ('succeeded', 'failed', 'timed_out', 'contradictory')
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (workspace, agent) DO UPDATE SET
      succeeded = record.succeeded + excluded.succeeded,
      failed = record.failed + excluded.failed,
      log_duration_sum = record.log_duration_sum + excluded.log_duration_sum,
      log_duration_square_sum = record.log_duration_square_sum + excluded.log_duration_square_sum;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER outcomes_add_up AFTER INSERT ON outcomes
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION outcomes_were_added();

-- Processes that keep the registry at hand read a changed agent again.
CREATE FUNCTION agent_was_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('orchestra_agents', jsonb_build_array(coalesce(NEW.workspace, OLD.workspace), coalesce(NEW.name, OLD.name))::text);
  RETURN NULL;
END $$;
CREATE TRIGGER agents_tell AFTER INSERT OR UPDATE OR DELETE ON agents FOR EACH ROW EXECUTE FUNCTION agent_was_changed();
