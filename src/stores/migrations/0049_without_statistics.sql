-- Statements of the engine look up rows by their keys, whatever PostgreSQL knows of how many rows there are: of a workspace that is new it knows nothing.

-- What a policy compares with is worked out once for a statement, and PostgreSQL does not know it when it plans. Of a workspace that it knows it
-- looks into its statistics: one that is not in them, as each is at first, has one row to it, and whatever else is asked is not looked for by key.
CREATE OR REPLACE FUNCTION orchestra_protect(protected regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  trigger_function regprocedure;
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', protected);
  EXECUTE format('DROP POLICY IF EXISTS own_workspace ON %s', protected);
  EXECUTE format('CREATE POLICY own_workspace ON %s TO orchestra_app
                  USING (workspace = (SELECT orchestra_workspace())) WITH CHECK (workspace = (SELECT orchestra_workspace()))', protected);
  EXECUTE format('DROP POLICY IF EXISTS every_workspace ON %s', protected);
  EXECUTE format('CREATE POLICY every_workspace ON %s TO orchestra_engine USING (true) WITH CHECK (true)', protected);
  EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', protected);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO orchestra_app, orchestra_engine', protected);
  FOR trigger_function IN SELECT DISTINCT tgfoid::regprocedure FROM pg_trigger WHERE tgrelid = protected AND NOT tgisinternal LOOP
    PERFORM orchestra_run_as_engine(trigger_function);
  END LOOP;
END $$;

SELECT orchestra_protect(polrelid) FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid
WHERE polname = 'own_workspace' AND relnamespace = current_schema()::regnamespace ORDER BY relname;

-- Whether a task that is needed is a race is asked of each, and nearly none is.
CREATE INDEX task_runs_races ON task_runs (workspace, session, run) WHERE is_race;
