-- Up Migration

-- By which request it was made, answered or applied; null where that had no key. Whoever does the request again, because its answer was lost, finds by it
-- what is done already.
ALTER TABLE agents ADD COLUMN request text;
ALTER TABLE webhooks ADD COLUMN request text;
ALTER TABLE schedules ADD COLUMN request text;
ALTER TABLE workspaces ADD COLUMN request text;
ALTER TABLE approvals ADD COLUMN request text;
ALTER TABLE applied_proposals ADD COLUMN request text, ADD COLUMN undo_request text;

-- When it answered that it is gone, which switched it off; null where it did not, or somebody has said since whether it is on.
ALTER TABLE webhooks ADD COLUMN gone_at timestamptz;
