-- Up Migration

-- Of an insight on one agent: with which others of the capability it holds, and what telling it came to there.
ALTER TABLE insights ADD COLUMN distribution jsonb;

-- What is known by hearsay only (an agent says so, or another workspace): who said it. Its confidence comes from what telling it came to.
ALTER TABLE insights ADD COLUMN source jsonb;
ALTER TABLE insights ALTER COLUMN confidence DROP NOT NULL;

-- What came from another workspace, where both want it, is looked for by that.
CREATE INDEX insights_from_elsewhere ON insights ((source ->> 'workspace')) WHERE source ->> 'workspace' IS NOT NULL;
