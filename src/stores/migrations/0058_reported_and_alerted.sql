-- Up Migration

-- What is reported of work done elsewhere may have ended long before, so minings count it as it comes: how much ever came of a workspace, and how much
-- of that had come before the workspace was mined last.
ALTER TABLE insight_minings
  ADD COLUMN reported       bigint NOT NULL DEFAULT 0,
  ADD COLUMN mined_reported bigint NOT NULL DEFAULT 0;

-- Nobody knows which of it was mined: where it is enough, it is once more.
INSERT INTO insight_minings (workspace, outcomes, up_to, reported)
SELECT workspace, 0, '-infinity', count(*) FROM outcomes WHERE report_id IS NOT NULL GROUP BY workspace
ON CONFLICT (workspace) DO UPDATE SET reported = excluded.reported;

-- Of the machine, or of the container that it runs in; null where it is not known.
ALTER TABLE process_reports ADD COLUMN memory_limit_bytes bigint;

-- Receivers are also told of single agents, where somebody says so or the workspace lets it be done by itself.
ALTER TABLE alert_events ADD COLUMN agent text;
ALTER TABLE alert_events DROP CONSTRAINT alert_events_type_check;
ALTER TABLE alert_events ADD CONSTRAINT alert_events_type_check
  CHECK (type IN ('raised', 'repeated', 'acknowledged', 'cleared', 'tested', 'agent') AND (type = 'agent') = (agent IS NOT NULL));
