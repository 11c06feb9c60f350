-- Up Migration

-- Of an insight on one agent: with which others of the capability it holds, and what telling it came to there.
ALTER TABLE insights ADD COLUMN distribution jsonb;
