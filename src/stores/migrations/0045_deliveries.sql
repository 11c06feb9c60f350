-- Up Migration

-- The answer that an agent was given the attempt with, the latest where it asked again: what could not be delivered is taken back by it.
ALTER TABLE remote_work ADD COLUMN delivery text;
