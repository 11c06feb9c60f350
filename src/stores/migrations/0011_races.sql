-- Up Migration

-- Of the row of a task: its runs are racers, of which the one that has succeeded is the winner.
ALTER TABLE task_runs ADD COLUMN is_race boolean NOT NULL DEFAULT false;
