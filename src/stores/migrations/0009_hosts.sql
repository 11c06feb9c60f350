-- Up Migration

-- A host: a process that runs the agents that live where it runs. Each is in the registry as `agent@host`, with a room and a record of its own.
-- The host has a room as well, named `@host`, which the attempts of all its agents share. `holder`: the process that is the host by now.
CREATE TABLE hosts (
  workspace  text NOT NULL,
  name       text NOT NULL,
  holder     text NOT NULL,
  is_online  boolean NOT NULL DEFAULT true,
  draining   boolean NOT NULL DEFAULT false,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, name)
);
CREATE INDEX hosts_online ON hosts (seen_at) WHERE is_online;

-- The host that an agent lives at; null for one that can be reached from anywhere.
CREATE FUNCTION host_of(agent text) RETURNS text LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT substring(agent FROM '@(.*)$');
END;
CREATE INDEX agents_of_hosts ON agents (workspace, host_of(name)) WHERE host_of(name) IS NOT NULL;

-- Attempts that wait for their host to begin them.
CREATE INDEX leases_of_hosts ON leases (agent_workspace, host_of(agent))
  WHERE released_at IS NULL AND begun_at IS NULL AND host_of(agent) IS NOT NULL;

-- Rooms are of agents and of hosts.
ALTER TABLE agent_room DROP CONSTRAINT agent_room_workspace_agent_fkey;
CREATE FUNCTION room_goes_with_agent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM agent_room WHERE workspace = OLD.workspace AND agent = OLD.name;
  RETURN NULL;
END $$;
CREATE TRIGGER agents_give_up_room AFTER DELETE ON agents FOR EACH ROW EXECUTE FUNCTION room_goes_with_agent();

-- The rooms that an attempt of the agent is in.
CREATE FUNCTION rooms_of(agent text) RETURNS SETOF text LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT agent UNION ALL SELECT '@' || host_of(agent) WHERE host_of(agent) IS NOT NULL;
END;

CREATE OR REPLACE FUNCTION leases_were_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added WHERE agent_workspace IS NOT NULL) THEN
    PERFORM change_agent_room((SELECT jsonb_agg(sums) FROM (
      SELECT agent_workspace AS workspace, room AS agent, count(*) AS change FROM added CROSS JOIN LATERAL rooms_of(agent) AS room
      WHERE agent_workspace IS NOT NULL AND released_at IS NULL GROUP BY 1, 2
    ) AS sums));
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION leases_were_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM after_change WHERE agent_workspace IS NOT NULL) THEN
    PERFORM change_agent_room((SELECT jsonb_agg(sums) FROM (
      SELECT agent_workspace AS workspace, room AS agent, sum(change) AS change FROM (
        SELECT agent_workspace, agent, 1 AS change FROM after_change WHERE released_at IS NULL
        UNION ALL
        SELECT agent_workspace, agent, -1 FROM before_change WHERE released_at IS NULL
      ) AS each CROSS JOIN LATERAL rooms_of(agent) AS room WHERE agent_workspace IS NOT NULL GROUP BY 1, 2
    ) AS sums));
  END IF;
  RETURN NULL;
END $$;

-- Whoever keeps the registry at hand reads the agents of a host again that comes, goes or drains.
CREATE FUNCTION host_was_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('orchestra_agents', jsonb_build_array(workspace, name)::text) FROM agents
  WHERE workspace = NEW.workspace AND host_of(name) = NEW.name;
  RETURN NULL;
END $$;
CREATE TRIGGER hosts_tell AFTER UPDATE ON hosts FOR EACH ROW
  WHEN (OLD.is_online <> NEW.is_online OR OLD.draining <> NEW.draining) EXECUTE FUNCTION host_was_changed();
