-- Up Migration

-- Of an insight on one agent: with which others of the capability it holds, and what telling it came to there.
ALTER TABLE insights ADD COLUMN distribution jsonb;

-- What is known by hearsay only (an agent says so, or another workspace): who said it. Its confidence comes from what telling it came to.
ALTER TABLE insights ADD COLUMN source jsonb;
ALTER TABLE insights ALTER COLUMN confidence DROP NOT NULL;

-- What came from another workspace, where both want it, is looked for by that.
CREATE INDEX insights_from_elsewhere ON insights ((source ->> 'workspace')) WHERE source ->> 'workspace' IS NOT NULL;

-- What memories mean, of length one. There is no index: an agent has 1,000 memories at most, and all of its vectors are compared.
CREATE TABLE memory_embeddings (
  workspace       text NOT NULL,
  agent_workspace text NOT NULL,
  agent           text NOT NULL,
  id              text NOT NULL,
  -- Vectors of another model cannot be compared.
  model           text NOT NULL,
  embedding       real[] NOT NULL,
  PRIMARY KEY (workspace, agent_workspace, agent, id),
  FOREIGN KEY (workspace, agent_workspace, agent, id) REFERENCES agent_memories ON DELETE CASCADE
);
