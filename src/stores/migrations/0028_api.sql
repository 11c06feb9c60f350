-- Up Migration

-- Tokens of programs that use the API. Secrets are 256 random bits, so a plain hash keeps them.
CREATE TABLE api_tokens (
  workspace  text NOT NULL,
  id         text NOT NULL,
  name       text NOT NULL,
  role       text NOT NULL,
  hash       bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (workspace, id)
);
-- Whoever comes with a token says no workspace.
CREATE INDEX api_tokens_by_id ON api_tokens (id);
CREATE TRIGGER api_tokens_tell AFTER DELETE ON api_tokens FOR EACH ROW EXECUTE FUNCTION agent_token_was_removed();

-- What requests with an Idempotency-Key were answered; null while one is under way. The answer is text, so that a repetition gets the same bytes.
CREATE TABLE idempotency_keys (
  workspace    text NOT NULL,
  subject      text NOT NULL,
  key          text NOT NULL,
  request_hash text NOT NULL,
  status       int,
  location     text,
  body         text,
  locked_until timestamptz NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace, subject, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
