-- Up Migration

-- What is left of the requests that somebody may make, counted by all processes of the API together. It is of no workspace: the keys are digests of scope,
-- workspace and name. Unlogged, because after a crash of the server everybody may begin anew.
CREATE UNLOGGED TABLE request_limits (
  bucket     text PRIMARY KEY,
  per_minute float8 NOT NULL,
  tokens     float8 NOT NULL,
  at         timestamptz NOT NULL
);
CREATE INDEX request_limits_by_age ON request_limits (at);

-- What a token may submit; null for anything that its role may.
ALTER TABLE api_tokens ADD COLUMN scope jsonb;

-- People who have logged in with a browser. Of the secret in their cookie only a hash is kept.
CREATE TABLE logins (
  workspace    text NOT NULL,
  id           text NOT NULL,
  subject      text NOT NULL,
  role         text NOT NULL,
  scope        jsonb,
  hash         bytea NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  PRIMARY KEY (workspace, id)
);
-- A cookie says no workspace.
CREATE INDEX logins_by_id ON logins (id);
CREATE INDEX logins_by_end ON logins (expires_at);
CREATE TRIGGER logins_tell AFTER DELETE ON logins FOR EACH ROW EXECUTE FUNCTION agent_token_was_removed();

SELECT orchestra_protect('logins');
GRANT SELECT, INSERT, UPDATE, DELETE ON request_limits TO orchestra_engine;
