-- Up Migration

-- When a workspace wants to hear of a metric, and what the sweeps have come to. `id`: another one where the rule is set anew. `sweep`: the
-- latest that it was judged by, so that one that is repeated changes nothing.
CREATE TABLE alert_rules (
  workspace text NOT NULL,
  name      text NOT NULL,
  id        bigint GENERATED ALWAYS AS IDENTITY,
  rule      jsonb NOT NULL,
  is_raised boolean NOT NULL DEFAULT false,
  streak    int NOT NULL DEFAULT 0,
  value     float8,
  sweep     text,
  judged_at timestamptz,
  PRIMARY KEY (workspace, name)
);

-- What became of them, and tests of webhooks, for ninety days.
CREATE TABLE alert_events (
  workspace text NOT NULL,
  id        text NOT NULL,
  type      text NOT NULL CHECK (type IN ('raised', 'cleared', 'tested')),
  alert     text NOT NULL,
  at        timestamptz NOT NULL,
  message   text NOT NULL,
  rule      jsonb,
  value     float8,
  PRIMARY KEY (workspace, id)
);
CREATE INDEX alert_events_by_age ON alert_events (workspace, at DESC);

-- Who is told. The secret that messages are signed with is encrypted (AES-256-GCM).
CREATE TABLE webhooks (
  workspace  text NOT NULL,
  name       text NOT NULL,
  url        text NOT NULL,
  key_id     text NOT NULL,
  nonce      bytea NOT NULL,
  ciphertext bytea NOT NULL,
  tag        bytea NOT NULL,
  PRIMARY KEY (workspace, name)
);

-- Each event to each receiver. `tries` is counted, and `next_at` moved, before it is sent: whoever dies meanwhile, it is sent again.
CREATE TABLE alert_deliveries (
  workspace    text NOT NULL,
  event        text NOT NULL,
  webhook      text NOT NULL,
  tries        int NOT NULL DEFAULT 0,
  next_at      timestamptz NOT NULL DEFAULT now(),
  delivered_at timestamptz,
  given_up_at  timestamptz,
  answer       text,
  PRIMARY KEY (workspace, event, webhook),
  FOREIGN KEY (workspace, event) REFERENCES alert_events (workspace, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace, webhook) REFERENCES webhooks (workspace, name) ON DELETE CASCADE
);
CREATE INDEX alert_deliveries_due ON alert_deliveries (next_at) WHERE delivered_at IS NULL AND given_up_at IS NULL;

-- Changes that `orchestra optimize` proposed, each with what it is based on.
CREATE TABLE proposals (
  workspace   text NOT NULL,
  id          text NOT NULL,
  proposal    jsonb NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, id)
);

-- Those that were applied, with the values before and after; append-only but for `undone_at`.
CREATE TABLE applied_proposals (
  workspace  text NOT NULL,
  id         bigint GENERATED ALWAYS AS IDENTITY,
  proposal   text NOT NULL,
  says       text NOT NULL,
  change     jsonb NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  undone_at  timestamptz,
  PRIMARY KEY (workspace, id)
);
