-- Up Migration

-- The latest attempts of an agent in the sessions of a workspace.
CREATE INDEX outcomes_of_registered_agents ON outcomes (workspace, agent_workspace, agent, ended_at DESC)
  WHERE agent_workspace IS NOT NULL;
