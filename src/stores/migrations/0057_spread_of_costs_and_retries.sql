-- Up Migration

-- How costs vary: how much outcomes weigh that cost nothing, and those that cost something, with the sums of the natural logarithms of their dollars, and of
-- their squares. And how much attempts weigh that came after a failed one, and those of them that succeeded.
ALTER TABLE learned_records
  ADD COLUMN cost_free float8 NOT NULL DEFAULT 0, ADD COLUMN cost_paid float8 NOT NULL DEFAULT 0,
  ADD COLUMN cost_log_sum float8 NOT NULL DEFAULT 0, ADD COLUMN cost_log_square_sum float8 NOT NULL DEFAULT 0,
  ADD COLUMN retry_count float8 NOT NULL DEFAULT 0, ADD COLUMN retry_succeeded float8 NOT NULL DEFAULT 0;
ALTER TABLE learned_models
  ADD COLUMN cost_free float8 NOT NULL DEFAULT 0, ADD COLUMN cost_paid float8 NOT NULL DEFAULT 0,
  ADD COLUMN cost_log_sum float8 NOT NULL DEFAULT 0, ADD COLUMN cost_log_square_sum float8 NOT NULL DEFAULT 0,
  ADD COLUMN retry_count float8 NOT NULL DEFAULT 0, ADD COLUMN retry_succeeded float8 NOT NULL DEFAULT 0;
ALTER TABLE learned_complexities
  ADD COLUMN cost_free float8 NOT NULL DEFAULT 0, ADD COLUMN cost_paid float8 NOT NULL DEFAULT 0,
  ADD COLUMN cost_log_sum float8 NOT NULL DEFAULT 0, ADD COLUMN cost_log_square_sum float8 NOT NULL DEFAULT 0,
  ADD COLUMN retry_count float8 NOT NULL DEFAULT 0, ADD COLUMN retry_succeeded float8 NOT NULL DEFAULT 0;

-- What is known of both already is learnt from the outcomes of their agents.
INSERT INTO agents_to_relearn (workspace, agent_workspace, agent)
SELECT DISTINCT workspace, agent_workspace, agent FROM learned_records WHERE cost_count > 0 OR total_failed > 0
ON CONFLICT DO NOTHING;

-- Of what the task gave the agent: prompt and input, as they were rendered.
ALTER TABLE outcomes ADD COLUMN input_bytes bigint;

-- How often the run may be tried with the agent, where evidence says another number than the plan's default.
ALTER TABLE leases ADD COLUMN tries smallint;
