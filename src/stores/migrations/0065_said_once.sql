-- Up Migration

-- By which request it was said, noted, remembered or sent again; null where that had no key. Whoever does the request again, because its answer was lost,
-- finds by it what is done already.
ALTER TABLE outcome_feedback ADD COLUMN request text;
ALTER TABLE agent_events ADD COLUMN request text;
ALTER TABLE agent_memories ADD COLUMN request text;
ALTER TABLE webhook_deliveries ADD COLUMN request text;
ALTER TABLE alert_deliveries ADD COLUMN request text;

-- How much requests have done, where what is done does not say by which: whoever does one again finds nothing left to do, and tells what it did the first
-- time. For as long as keys of requests are kept.
CREATE TABLE request_counts (
  workspace text NOT NULL,
  request   text NOT NULL,
  what      text NOT NULL,
  count     int NOT NULL,
  at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, request, what)
);
CREATE INDEX request_counts_by_age ON request_counts (workspace, at);

-- As before, with the request that changed it.
CREATE OR REPLACE FUNCTION draining_was_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO agent_events (workspace, agent, kind, why, by_whom, request)
  VALUES (NEW.workspace, NEW.name, CASE WHEN NEW.draining THEN 'draining' ELSE 'undrained' END,
          nullif(current_setting('orchestra.why', true), ''), nullif(current_setting('orchestra.by', true), ''),
          nullif(current_setting('orchestra.request', true), ''));
  RETURN NULL;
END $$;

SELECT orchestra_protect('request_counts');
SELECT orchestra_protect('agents');
