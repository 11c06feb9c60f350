-- Up Migration

-- Outcomes that agents of registries are still to be known by. What says nothing of the agent is not learnt: cancelled, rate-limited, and
-- lost with its worker.
CREATE TABLE outcomes_to_learn (
  workspace       text NOT NULL,
  id              bigint GENERATED ALWAYS AS IDENTITY,
  session         text NOT NULL,
  run             text NOT NULL,
  attempt         int NOT NULL,
  agent_workspace text NOT NULL,
  agent           text NOT NULL,
  PRIMARY KEY (workspace, id)
);
CREATE INDEX outcomes_to_learn_in_order ON outcomes_to_learn (id);

-- What was learnt of an agent in the sessions of a workspace: of all it did (no capability, no task type), of a capability, of a type of task.
-- The sums fade with time and with further outcomes; the totals do not.
CREATE TABLE learned_records (
  workspace               text NOT NULL,
  agent_workspace         text NOT NULL,
  agent                   text NOT NULL,
  capability              text NOT NULL,
  task_type               text NOT NULL,
  succeeded               float8 NOT NULL,
  failed                  float8 NOT NULL,
  log_duration_sum        float8 NOT NULL,
  log_duration_square_sum float8 NOT NULL,
  total_succeeded         bigint NOT NULL,
  total_failed            bigint NOT NULL,
  -- Of successes of all time; null while there is none.
  shortest_ms             float8,
  longest_ms              float8,
  -- Of the latest outcome: what the sums have faded to.
  as_of                   timestamptz NOT NULL,
  PRIMARY KEY (workspace, agent_workspace, agent, capability, task_type),
  FOREIGN KEY (agent_workspace, agent) REFERENCES agents (workspace, name) ON DELETE CASCADE
);
CREATE INDEX learned_records_of_capabilities ON learned_records (workspace, capability, task_type);
CREATE INDEX learned_records_of_agents ON learned_records (agent_workspace, agent);

-- How good an agent is at a capability, by its outcomes: every step. The latest counts.
CREATE TABLE capability_steps (
  workspace        text NOT NULL,
  agent_workspace  text NOT NULL,
  agent            text NOT NULL,
  capability       text NOT NULL,
  id               bigint GENERATED ALWAYS AS IDENTITY,
  from_proficiency float8 NOT NULL,
  to_proficiency   float8 NOT NULL CHECK (to_proficiency BETWEEN 0 AND 1),
  -- Weight of the outcomes that it follows from.
  outcomes         float8 NOT NULL,
  at               timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, agent_workspace, agent, capability, id),
  FOREIGN KEY (agent_workspace, agent) REFERENCES agents (workspace, name) ON DELETE CASCADE
);

-- What people say of an attempt. The latest counts.
CREATE TABLE outcome_feedback (
  workspace     text NOT NULL,
  session       text NOT NULL,
  run           text NOT NULL,
  attempt       int NOT NULL,
  id            bigint GENERATED ALWAYS AS IDENTITY,
  rating        int CHECK (rating BETWEEN 1 AND 5),
  useful        boolean,
  modifications text,
  at            timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, session, run, attempt, id),
  CHECK (rating IS NOT NULL OR useful IS NOT NULL OR modifications IS NOT NULL)
);

-- Agents of which all has to be learnt anew: feedback changed what their outcomes are worth.
CREATE TABLE agents_to_relearn (
  workspace       text NOT NULL,
  agent_workspace text NOT NULL,
  agent           text NOT NULL,
  PRIMARY KEY (workspace, agent_workspace, agent)
);

-- Since when outcomes of an agent count: what was before is forgotten.
CREATE TABLE learning_resets (
  workspace       text NOT NULL,
  agent_workspace text NOT NULL,
  agent           text NOT NULL,
  at              timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, agent_workspace, agent)
);

INSERT INTO learned_records
SELECT workspace, workspace, agent, '', '', succeeded, failed, log_duration_sum, log_duration_square_sum, succeeded, failed, NULL, NULL, now()
FROM agent_records;
DROP TABLE agent_records;

CREATE OR REPLACE FUNCTION outcomes_were_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outcomes_to_learn (workspace, session, run, attempt, agent_workspace, agent)
  SELECT workspace, session, run, attempt, agent_workspace, agent FROM added
  WHERE agent_workspace IS NOT NULL AND NOT lost AND verdict IN ('succeeded', 'failed', 'timed_out', 'contradictory');
  RETURN NULL;
END $$;
