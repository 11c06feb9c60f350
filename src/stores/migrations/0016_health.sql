-- Up Migration

-- What worker processes say of themselves; one that has not for a minute is gone. Unlogged: after a crash of the database they say it again.
CREATE UNLOGGED TABLE process_reports (
  workspace           text NOT NULL,
  process             text NOT NULL,
  roles               text[] NOT NULL,
  event_loop_delay_ms float8 NOT NULL,
  resident_bytes      bigint NOT NULL,
  heap_used_bytes     bigint NOT NULL,
  heap_limit_bytes    bigint NOT NULL,
  reported_at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, process)
);

-- What the latest sweep came to. `sweep`: its id, so that one that is repeated changes nothing. `detectors`: what is normal, by metric.
-- `counted_until`: outcomes that were settled up to then are counted.
CREATE TABLE health_status (
  workspace     text NOT NULL PRIMARY KEY,
  sweep         text,
  report        json,
  detectors     json NOT NULL DEFAULT '{}',
  counted_until timestamptz NOT NULL DEFAULT now()
);

-- What was measured, for two days.
CREATE TABLE health_samples (
  workspace text NOT NULL,
  metric    text NOT NULL,
  at        timestamptz NOT NULL,
  value     float8 NOT NULL,
  PRIMARY KEY (workspace, metric, at)
);
CREATE INDEX health_samples_by_age ON health_samples (workspace, at);

-- What changed from one sweep to the next, for thirty days.
CREATE TABLE health_events (
  workspace   text NOT NULL,
  id          bigint GENERATED ALWAYS AS IDENTITY,
  at          timestamptz NOT NULL,
  type        text NOT NULL,
  subject     text NOT NULL,
  from_status text NOT NULL,
  to_status   text NOT NULL,
  message     text NOT NULL,
  PRIMARY KEY (workspace, id)
);
CREATE INDEX health_events_by_age ON health_events (workspace, at);

-- Of all agents, and not of registered ones alone: what has been in flight for too long is looked for among them.
DROP INDEX leases_of_registered_agents;
CREATE INDEX leases_open ON leases (workspace) WHERE released_at IS NULL;

-- What ended in a period.
CREATE INDEX outcomes_by_time ON outcomes (workspace, settled_at);
