-- Up Migration
-- Every table carries its workspace, and every key starts with it.

CREATE TABLE plans (
  workspace  text NOT NULL,
  hash       text NOT NULL,
  name       text NOT NULL,
  canonical  text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, hash)
);

-- Content-addressed: the same bytes are stored once a workspace.
CREATE TABLE artifacts (
  workspace  text NOT NULL,
  hash       text NOT NULL,
  media_type text NOT NULL,
  size_bytes bigint NOT NULL,
  body       bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (workspace, hash)
);
CREATE INDEX artifacts_expiry ON artifacts (expires_at);

CREATE TABLE sessions (
  workspace      text NOT NULL,
  id             text NOT NULL,
  plan_name      text NOT NULL,
  plan_hash      text NOT NULL,
  inputs_hash    text NOT NULL,
  base_directory text NOT NULL,
  mode           text NOT NULL,
  settings       jsonb NOT NULL,
  -- The run of the parent session that this one does, for a child session.
  parent_session text,
  parent_run     text,
  parent_attempt int,
  parent_token   bigint,
  status         text NOT NULL,
  progress       jsonb NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  started_at     timestamptz,
  ended_at       timestamptz,
  outputs_hash   text,
  error          text,
  -- The last committed turn, the workflow run that committed it, and its time.
  turn           int NOT NULL DEFAULT 0,
  run_id         text,
  turn_at        timestamptz,
  next_seq       bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace, id)
);
CREATE INDEX sessions_by_age ON sessions (workspace, created_at DESC);
CREATE INDEX sessions_open ON sessions (turn_at) WHERE ended_at IS NULL;

-- Workflow runs seen so far. One that is known and not the session's current run has been superseded.
CREATE TABLE session_runs (
  workspace  text NOT NULL,
  session    text NOT NULL,
  run_id     text NOT NULL,
  first_turn int NOT NULL,
  PRIMARY KEY (workspace, session, run_id)
);

-- What the first commit of each turn decided; a repeat of the turn returns it.
CREATE TABLE turns (
  workspace    text NOT NULL,
  session      text NOT NULL,
  turn         int NOT NULL,
  run_id       text NOT NULL,
  result       jsonb NOT NULL,
  committed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, session, turn, run_id)
);

-- The state at the end of a session, from which it can be reopened.
CREATE TABLE session_snapshots (
  workspace text NOT NULL,
  session   text NOT NULL,
  turn      int NOT NULL,
  run_id    text NOT NULL,
  state     jsonb NOT NULL,
  PRIMARY KEY (workspace, session, turn, run_id)
);

-- The log. `event_id` names the accepted event that a row stems from; `abandoned` rows belong to a branch that a reset left.
CREATE TABLE session_events (
  workspace text NOT NULL,
  session   text NOT NULL,
  seq       bigint NOT NULL,
  turn      int NOT NULL,
  event_id  text,
  at        timestamptz NOT NULL,
  type      text NOT NULL,
  run       text,
  attempt   int,
  data      jsonb NOT NULL,
  abandoned boolean NOT NULL DEFAULT false,
  PRIMARY KEY (workspace, session, seq)
);
CREATE UNIQUE INDEX session_events_accepted_once
  ON session_events (workspace, session, event_id) WHERE event_id IS NOT NULL AND NOT abandoned;

-- The read model of tasks and of the items of fan-outs.
CREATE TABLE task_runs (
  workspace   text NOT NULL,
  session     text NOT NULL,
  run         text NOT NULL,
  task        text NOT NULL,
  item        int NOT NULL,
  position    int NOT NULL,
  status      text NOT NULL,
  reason      text,
  agent       text,
  attempt     int NOT NULL,
  items       int,
  queued_at   timestamptz,
  started_at  timestamptz,
  ended_at    timestamptz,
  error       text,
  PRIMARY KEY (workspace, session, run)
);
CREATE INDEX task_runs_in_order ON task_runs (workspace, session, position, item);

CREATE SEQUENCE fencing_tokens;

-- The slot an attempt holds. It is begun by one holder, extended while it runs, and released once.
CREATE TABLE leases (
  workspace        text NOT NULL,
  session          text NOT NULL,
  run              text NOT NULL,
  attempt          int NOT NULL,
  agent            text NOT NULL,
  token            bigint NOT NULL DEFAULT nextval('fencing_tokens'),
  expires_at       timestamptz NOT NULL,
  created_at       timestamptz NOT NULL DEFAULT now(),
  begun_at         timestamptz,
  holder           text,
  cancelled_at     timestamptz,
  released_at      timestamptz,
  progress_percent real,
  progress_message text,
  PRIMARY KEY (workspace, session, run, attempt)
);
CREATE INDEX leases_expiring ON leases (expires_at) WHERE released_at IS NULL AND begun_at IS NOT NULL;

-- What an attempt came to. `accepted_turn`: the turn in which its session took it in.
CREATE TABLE outcomes (
  workspace      text NOT NULL,
  session        text NOT NULL,
  run            text NOT NULL,
  attempt        int NOT NULL,
  plan_name      text NOT NULL,
  task           text NOT NULL,
  agent          text NOT NULL,
  token          bigint NOT NULL,
  verdict        text NOT NULL,
  lost           boolean NOT NULL DEFAULT false,
  retryable      boolean NOT NULL,
  retry_after_ms bigint,
  started_at     timestamptz,
  ended_at       timestamptz NOT NULL,
  duration_ms    bigint,
  output_hash    text,
  error          text,
  evidence       jsonb NOT NULL,
  tokens         bigint,
  cost_usd       numeric(14, 6),
  settled_at     timestamptz NOT NULL DEFAULT now(),
  accepted_turn  int,
  undeliverable  boolean NOT NULL DEFAULT false,
  PRIMARY KEY (workspace, session, run, attempt)
);
CREATE INDEX outcomes_unaccepted ON outcomes (settled_at) WHERE accepted_turn IS NULL AND NOT undeliverable;
CREATE INDEX outcomes_durations ON outcomes (workspace, plan_name, task, settled_at DESC) WHERE verdict = 'succeeded';

-- The budget, append-only: a reservation before each attempt (unlimited for now: no amount), and what it came to. An attempt of
-- unknown cost is never settled and so keeps its reservation.
CREATE TABLE ledger (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  workspace  text NOT NULL,
  session    text NOT NULL,
  run        text NOT NULL,
  attempt    int NOT NULL,
  entry      text NOT NULL CHECK (entry IN ('reserved', 'settled')),
  cost_usd   numeric(14, 6),
  tokens     bigint,
  at         timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace, session, run, attempt, entry)
);
