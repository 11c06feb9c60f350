-- Up Migration

-- `quality`: how good the output is, 0 to 1, where the gate of its task, or who reports the outcome, measures that. The tokens that the model read, that it
-- wrote, and those of the read ones that came from a cache. Null where nobody knows.
ALTER TABLE outcomes ADD COLUMN quality float8 CHECK (quality BETWEEN 0 AND 1), ADD COLUMN input_tokens bigint, ADD COLUMN output_tokens bigint,
  ADD COLUMN cached_input_tokens bigint;

-- Of outcomes whose quality was measured; they fade like the other sums.
ALTER TABLE learned_records ADD COLUMN quality_count float8 NOT NULL DEFAULT 0, ADD COLUMN quality_sum float8 NOT NULL DEFAULT 0;
ALTER TABLE learned_models ADD COLUMN quality_count float8 NOT NULL DEFAULT 0, ADD COLUMN quality_sum float8 NOT NULL DEFAULT 0;

-- How attempts of an agent came out that went on from what another agent of a registry had made: sums that fade, as of `as_of`.
CREATE TABLE learned_handovers (
  workspace       text NOT NULL,
  agent_workspace text NOT NULL,
  agent           text NOT NULL,
  from_workspace  text NOT NULL,
  from_agent      text NOT NULL,
  succeeded       float8 NOT NULL,
  failed          float8 NOT NULL,
  as_of           timestamptz NOT NULL,
  PRIMARY KEY (workspace, agent_workspace, agent, from_workspace, from_agent),
  FOREIGN KEY (agent_workspace, agent) REFERENCES agents (workspace, name) ON DELETE CASCADE,
  FOREIGN KEY (from_workspace, from_agent) REFERENCES agents (workspace, name) ON DELETE CASCADE
);
CREATE INDEX learned_handovers_of_agents ON learned_handovers (agent_workspace, agent);
CREATE INDEX learned_handovers_of_givers ON learned_handovers (from_workspace, from_agent);
