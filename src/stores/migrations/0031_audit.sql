-- Up Migration

-- Who did what, and who was refused; see docs/audit.md. `hash`: SHA-256 of the hash before it and the entry as canonical JSON, in which
-- workspace and number stand as well.
CREATE TABLE audit_log (
  workspace text NOT NULL,
  seq       bigint NOT NULL,
  entry     jsonb NOT NULL,
  hash      bytea NOT NULL,
  PRIMARY KEY (workspace, seq)
);

-- The end of each chain, signed where there is a key. Whoever appends holds its row: chains have no gaps and no forks.
CREATE TABLE audit_heads (
  workspace text PRIMARY KEY,
  seq       bigint NOT NULL,
  hash      bytea NOT NULL,
  key_id    text,
  signature bytea
);

-- Signed places of the chains, now and then, for safe-keeping elsewhere.
CREATE TABLE audit_anchors (
  workspace text NOT NULL,
  seq       bigint NOT NULL,
  at        bigint NOT NULL,
  hash      bytea NOT NULL,
  key_id    text NOT NULL,
  signature bytea NOT NULL,
  PRIMARY KEY (workspace, seq)
);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only: % of % is refused', lower(TG_OP), TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_anchors_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_anchors
  FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_heads_stay BEFORE DELETE OR TRUNCATE ON audit_heads
  FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

CREATE FUNCTION audit_head_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.workspace <> OLD.workspace OR NEW.seq < OLD.seq OR (NEW.seq = OLD.seq AND NEW.hash <> OLD.hash) THEN
    RAISE EXCEPTION 'the audit log is append-only: its end cannot go back' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_heads_go_forward BEFORE UPDATE ON audit_heads FOR EACH ROW EXECUTE FUNCTION audit_head_goes_forward();

SELECT orchestra_protect('audit_log'), orchestra_protect('audit_heads'), orchestra_protect('audit_anchors');
-- The program adds, and moves the end.
REVOKE UPDATE, DELETE ON audit_log, audit_anchors FROM orchestra_app, orchestra_engine;
REVOKE DELETE ON audit_heads FROM orchestra_app, orchestra_engine;
