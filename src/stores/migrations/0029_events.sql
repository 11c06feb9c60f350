-- Up Migration

-- Numbers of all that can be streamed. Transactions commit in another order than they take numbers: readers go by `event_horizon`.
CREATE SEQUENCE event_numbers;
-- `event_horizon` reads it, whoever asks.
GRANT SELECT ON SEQUENCE event_numbers TO PUBLIC;

ALTER TABLE session_events ADD COLUMN nr bigint NOT NULL DEFAULT nextval('event_numbers');
CREATE INDEX session_events_in_order ON session_events (workspace, nr);

-- What happened in a workspace beside its sessions: copies, which outlive what they tell of, for thirty days.
CREATE TABLE workspace_events (
  workspace text NOT NULL,
  nr        bigint NOT NULL DEFAULT nextval('event_numbers'),
  at        timestamptz NOT NULL,
  type      text NOT NULL,
  agent     text,
  data      jsonb NOT NULL,
  PRIMARY KEY (workspace, nr)
);
CREATE INDEX workspace_events_by_age ON workspace_events (workspace, at);

-- The last event of a workspace that was deleted: who knows none after it has missed some.
CREATE TABLE event_floors (
  workspace text NOT NULL PRIMARY KEY,
  nr        bigint NOT NULL
);

-- Which events are there to stay. An INSERT locks its table before it takes a number, and lets go after it can be seen. So, of the numbers up to `last`,
-- those that cannot be seen when this has returned are of transactions in `writers`, or of none. `last` has to be read before the locks.
CREATE FUNCTION event_horizon(OUT last bigint, OUT writers text[]) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO last FROM event_numbers;
  SELECT coalesce(array_agg(DISTINCT virtualtransaction), '{}') INTO writers FROM pg_locks
  WHERE locktype = 'relation' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation IN ('session_events'::regclass, 'workspace_events'::regclass)
    AND mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareLock', 'ShareUpdateExclusiveLock');
END $$;

-- Wakes who streams. Commits with a NOTIFY wait for one another, so of transactions at the same time one tells for all: who is woken sees the others at work.
-- Should the one come to nothing, who streams looks by itself a little later.
CREATE FUNCTION events_were_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_try_advisory_xact_lock(1162757460) THEN
    PERFORM pg_notify('orchestra_events', '');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER session_events_tell AFTER INSERT ON session_events FOR EACH STATEMENT EXECUTE FUNCTION events_were_added();
CREATE TRIGGER workspace_events_tell AFTER INSERT ON workspace_events FOR EACH STATEMENT EXECUTE FUNCTION events_were_added();

CREATE FUNCTION agent_event_is_streamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO workspace_events (workspace, at, type, agent, data)
  VALUES (NEW.workspace, NEW.at, 'agent-' || NEW.kind, NEW.agent, jsonb_strip_nulls(jsonb_build_object('why', NEW.why, 'by', NEW.by_whom)));
  RETURN NULL;
END $$;
CREATE TRIGGER agent_events_are_streamed AFTER INSERT ON agent_events FOR EACH ROW EXECUTE FUNCTION agent_event_is_streamed();

CREATE FUNCTION health_event_is_streamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO workspace_events (workspace, at, type, data)
  VALUES (NEW.workspace, NEW.at, CASE WHEN NEW.type LIKE 'alert-%' THEN NEW.type ELSE 'health-' || NEW.type END,
          jsonb_build_object('subject', NEW.subject, 'from', NEW.from_status, 'to', NEW.to_status, 'message', NEW.message));
  RETURN NULL;
END $$;
CREATE TRIGGER health_events_are_streamed AFTER INSERT ON health_events FOR EACH ROW EXECUTE FUNCTION health_event_is_streamed();

CREATE FUNCTION registry_change_is_streamed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  agent record := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  INSERT INTO workspace_events (workspace, at, type, agent, data)
  VALUES (agent.workspace, now(), CASE TG_OP WHEN 'INSERT' THEN 'agent-registered' WHEN 'UPDATE' THEN 'agent-updated' ELSE 'agent-removed' END, agent.name,
          jsonb_build_object('revision', agent.revision));
  RETURN NULL;
END $$;
CREATE TRIGGER agents_are_streamed AFTER INSERT OR DELETE ON agents FOR EACH ROW EXECUTE FUNCTION registry_change_is_streamed();
CREATE TRIGGER agent_changes_are_streamed AFTER UPDATE ON agents FOR EACH ROW
  WHEN (OLD.revision <> NEW.revision) EXECUTE FUNCTION registry_change_is_streamed();
