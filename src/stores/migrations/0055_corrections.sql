-- What people say of past attempts, and resets of agents, change what minings see without any outcome that is new.
ALTER TABLE insight_minings
  -- How often somebody corrected what was learnt in the workspace, and how often they had before it was mined last.
  ADD COLUMN corrections       int NOT NULL DEFAULT 0,
  ADD COLUMN mined_corrections int NOT NULL DEFAULT 0,
  -- Null: never.
  ADD COLUMN mined_at          timestamptz;

-- Nobody knows which of them were mined: they are once more.
UPDATE insight_minings SET mined_at = now(), corrections = 1
WHERE EXISTS (SELECT FROM outcome_feedback AS said WHERE said.workspace = insight_minings.workspace)
   OR EXISTS (SELECT FROM learning_resets AS reset WHERE reset.workspace = insight_minings.workspace);
UPDATE insight_minings SET mined_at = now() WHERE mined_at IS NULL;
