-- Up Migration

-- What the turn has chosen for an attempt: the model that its agent is told to use, and how long it may take where that is less than the plan allows.
ALTER TABLE leases ADD COLUMN model text, ADD COLUMN timeout_ms bigint;

-- The model that the agent reports, or was told to use; null where nobody knows.
ALTER TABLE outcomes ADD COLUMN IF NOT EXISTS model text;

-- What was learnt of an agent with one model, by its name without vendor and date: as learned_records says it of the agent with whatever model.
CREATE TABLE learned_models (LIKE learned_records INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE learned_models
  ADD COLUMN model text NOT NULL,
  ADD PRIMARY KEY (workspace, agent_workspace, agent, model, capability, task_type),
  ADD FOREIGN KEY (agent_workspace, agent) REFERENCES agents (workspace, name) ON DELETE CASCADE;
CREATE INDEX learned_models_of_agents ON learned_models (agent_workspace, agent);
