-- Up Migration

-- Plans that run again and again. When they do is in Temporal, under an id made of workspace and name.
CREATE TABLE schedules (
  workspace      text NOT NULL,
  name           text NOT NULL,
  plan_name      text NOT NULL,
  plan_hash      text NOT NULL,
  inputs         jsonb NOT NULL,
  base_directory text NOT NULL,
  times          jsonb NOT NULL,
  problem        text,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, name)
);

-- Receivers hear of more than alerts, and have two secrets while one is rotated out: both sign until then.
ALTER TABLE webhooks
  ADD COLUMN types               text[] NOT NULL DEFAULT '{alert}',
  ADD COLUMN enabled             boolean NOT NULL DEFAULT true,
  ADD COLUMN created_at          timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN previous_key_id     text,
  ADD COLUMN previous_nonce      bytea,
  ADD COLUMN previous_ciphertext bytea,
  ADD COLUMN previous_tag        bytea,
  ADD COLUMN previous_until      timestamptz;

-- What receivers are told, for ninety days. Alerts have tables of their own.
CREATE TABLE webhook_messages (
  workspace text NOT NULL,
  id        text NOT NULL,
  type      text NOT NULL,
  at        timestamptz NOT NULL,
  data      jsonb NOT NULL,
  PRIMARY KEY (workspace, id)
);
CREATE INDEX webhook_messages_by_age ON webhook_messages (workspace, at DESC);

-- Each message to each receiver. `tries` is counted, and `next_at` moved, before it is sent: whoever dies meanwhile, it is sent again.
CREATE TABLE webhook_deliveries (
  workspace    text NOT NULL,
  message      text NOT NULL,
  webhook      text NOT NULL,
  tries        int NOT NULL DEFAULT 0,
  next_at      timestamptz NOT NULL DEFAULT now(),
  ends_at      timestamptz NOT NULL DEFAULT now() + interval '72 hours',
  delivered_at timestamptz,
  given_up_at  timestamptz,
  answer       text,
  PRIMARY KEY (workspace, message, webhook),
  FOREIGN KEY (workspace, message) REFERENCES webhook_messages (workspace, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace, webhook) REFERENCES webhooks (workspace, name) ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE delivered_at IS NULL AND given_up_at IS NULL;

-- Written with what it tells of, in one transaction: nothing that happened is left untold, and nothing is told that did not happen.
CREATE FUNCTION tell_webhooks(of_workspace text, of_id text, of_type text, happened_at timestamptz, of_data jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM webhooks WHERE workspace = of_workspace AND enabled AND of_type = ANY (types)) THEN
    RETURN;
  END IF;
  INSERT INTO webhook_messages (workspace, id, type, at, data) VALUES (of_workspace, of_id, of_type, happened_at, of_data) ON CONFLICT DO NOTHING;
  INSERT INTO webhook_deliveries (workspace, message, webhook)
  SELECT of_workspace, of_id, name FROM webhooks WHERE workspace = of_workspace AND enabled AND of_type = ANY (types) ON CONFLICT DO NOTHING;
  PERFORM pg_notify('orchestra_webhooks', '');
END $$;

CREATE FUNCTION session_event_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_webhooks(
    NEW.workspace, 'msg_' || left(encode(sha256(convert_to(NEW.session || '/' || NEW.seq, 'UTF8')), 'hex'), 24), NEW.type, NEW.at,
    NEW.data || jsonb_strip_nulls(jsonb_build_object('session', NEW.session, 'seq', NEW.seq, 'task', NEW.run, 'attempt', NEW.attempt)));
  RETURN NULL;
END $$;
CREATE TRIGGER session_events_are_told AFTER INSERT ON session_events FOR EACH ROW
  WHEN (NEW.type IN ('session-started', 'session-ended', 'task-succeeded', 'task-failed')) EXECUTE FUNCTION session_event_is_told();

CREATE FUNCTION approval_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_webhooks(
    NEW.workspace, 'msg_' || left(encode(sha256(convert_to('approval/' || NEW.id, 'UTF8')), 'hex'), 24), 'approval-requested', NEW.asked_at,
    jsonb_build_object('approval', NEW.id, 'session', NEW.session, 'task', NEW.run, 'kind', NEW.kind, 'question', NEW.question));
  RETURN NULL;
END $$;
CREATE TRIGGER approvals_are_told AFTER INSERT ON approvals FOR EACH ROW WHEN (NEW.status = 'open') EXECUTE FUNCTION approval_is_told();

SELECT orchestra_protect('schedules');
SELECT orchestra_protect('webhook_messages');
SELECT orchestra_protect('webhook_deliveries');
-- They have new triggers.
SELECT orchestra_protect('session_events');
SELECT orchestra_protect('approvals');
