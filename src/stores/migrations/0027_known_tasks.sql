-- Up Migration

-- What tasks are of which something was learnt: by that, past attempts are found that are like one to come.
CREATE TABLE known_tasks (
  workspace    text NOT NULL,
  plan_name    text NOT NULL,
  task         text NOT NULL,
  -- Empty where the task names its agent.
  capability   text NOT NULL,
  task_type    text NOT NULL,
  technologies text[] NOT NULL,
  -- Of what it tells its agent to do.
  words        tsvector NOT NULL,
  changed_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, plan_name, task)
);
CREATE INDEX known_tasks_of_types ON known_tasks (workspace, task_type, changed_at DESC);
CREATE INDEX known_tasks_of_capabilities ON known_tasks (workspace, capability, changed_at DESC);
CREATE INDEX known_tasks_by_age ON known_tasks (workspace, changed_at DESC);

-- How routing decided in a period, and what came of it.
CREATE INDEX assignment_batches_by_time ON assignment_batches (workspace, at DESC);
