-- Up Migration

-- What agents remember across sessions. `workspace`: that of the sessions; `agent_workspace`: that of the registry which has the agent; `agent`:
-- its name, of whatever host. `id` follows from kind and text. The words have no index: an agent has 1,000 memories at most, which are read by the
-- key sooner than words are looked up among the memories of all.
CREATE TABLE agent_memories (
  workspace       text NOT NULL,
  agent_workspace text NOT NULL,
  agent           text NOT NULL,
  id              text NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('fact', 'experience')),
  text            text NOT NULL CHECK (length(text) <= 2000),
  words           tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english', text)) STORED,
  created_at      timestamptz NOT NULL DEFAULT now(),
  recalled        int NOT NULL DEFAULT 0,
  recalled_at     timestamptz,
  PRIMARY KEY (workspace, agent_workspace, agent, id)
) WITH (fillfactor = 90);
CREATE INDEX agent_memories_by_agent ON agent_memories (agent_workspace, agent);
CREATE INDEX agent_memories_by_age ON agent_memories (workspace, created_at);

-- Whoever is removed from the registry is forgotten with all that it knew.
CREATE FUNCTION agent_was_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM agent_memories WHERE agent_workspace = OLD.workspace AND agent = split_part(OLD.name, '@', 1)) THEN
    DELETE FROM agent_memories WHERE agent_workspace = OLD.workspace AND agent = split_part(OLD.name, '@', 1)
      AND NOT EXISTS (SELECT FROM agents WHERE workspace = OLD.workspace AND split_part(name, '@', 1) = split_part(OLD.name, '@', 1));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER agents_forget AFTER DELETE ON agents FOR EACH ROW EXECUTE FUNCTION agent_was_removed();
