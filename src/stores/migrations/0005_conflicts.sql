-- Up Migration

-- What an attempt writes and reads: nobody else of the workspace may have it while the lease is open. The lease itself holds it, so that whatever
-- ends the lease gives it back exactly once. `in_spite_of`: somebody let the attempt go ahead; whom it would have waited for.
ALTER TABLE leases ADD COLUMN resources jsonb, ADD COLUMN in_spite_of text;
CREATE INDEX leases_with_resources ON leases (workspace) WHERE released_at IS NULL AND resources IS NOT NULL;

-- Runs that wait for resources. Whoever lines up again gets a new ticket. `works_for`: the runs of parent sessions that a child session works
-- for, which have what they have for it as well. `told_at`: when the session was last told that it may try.
CREATE SEQUENCE conflict_tickets;
CREATE TABLE resource_waits (
  workspace text NOT NULL,
  session   text NOT NULL,
  run       text NOT NULL,
  ticket    bigint NOT NULL DEFAULT nextval('conflict_tickets'),
  resources jsonb NOT NULL,
  priority  int NOT NULL,
  since     timestamptz NOT NULL,
  works_for jsonb NOT NULL,
  told_at   timestamptz,
  PRIMARY KEY (workspace, session, run)
);

-- Said always, and not only where somebody waits: who joins the line is not seen before it commits, and may have seen the resources taken.
CREATE FUNCTION conflicts_may_be_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('orchestra_conflicts', coalesce(NEW.workspace, OLD.workspace));
  RETURN NULL;
END $$;
-- The condition keeps leases without resources free of this.
CREATE TRIGGER leases_give_back_resources AFTER UPDATE ON leases FOR EACH ROW
  WHEN (OLD.resources IS NOT NULL AND OLD.released_at IS NULL AND NEW.released_at IS NOT NULL) EXECUTE FUNCTION conflicts_may_be_over();
CREATE TRIGGER resource_waits_tell AFTER INSERT OR DELETE ON resource_waits FOR EACH ROW EXECUTE FUNCTION conflicts_may_be_over();
