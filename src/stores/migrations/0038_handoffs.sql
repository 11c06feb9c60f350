-- Up Migration

-- Of an attempt: the attempts whose results it was given, by the needs of its task, as Handoff[] in JSON; null where nobody knows.
ALTER TABLE outcomes ADD COLUMN handoffs jsonb;
