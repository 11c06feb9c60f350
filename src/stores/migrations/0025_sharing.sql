-- Up Migration

-- Of an insight on one agent: with which others of the capability it holds, and what telling it came to there.
ALTER TABLE insights ADD COLUMN distribution jsonb;

-- What is known by hearsay only (an agent says so): who said it. Its confidence comes from what telling it came to.
ALTER TABLE insights ADD COLUMN source jsonb;
ALTER TABLE insights ALTER COLUMN confidence DROP NOT NULL;
