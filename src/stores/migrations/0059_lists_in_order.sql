-- Lists are read page by page, each from behind the last row of the page before.
CREATE INDEX approvals_in_order ON approvals (workspace, asked_at, id);
CREATE INDEX api_tokens_in_order ON api_tokens (workspace, created_at, id);

-- The surest first; what is only said comes behind what was shown, and what holds no more behind all.
ALTER TABLE insights ADD COLUMN rank int NOT NULL
  GENERATED ALWAYS AS (CASE WHEN expired_at IS NULL THEN 0 ELSE 1000 END - coalesce(confidence, -1)) STORED;
CREATE INDEX insights_in_order ON insights (workspace, rank, id);
