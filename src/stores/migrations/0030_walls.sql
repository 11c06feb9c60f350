-- Workspaces are walls: what the program does for one workspace it does as orchestra_app, which sees the rows of the workspace that the
-- transaction names and none where it names none. What goes through all workspaces on purpose (src/stores/scope.ts) is done as
-- orchestra_engine. Neither owns anything, can log in, or gets around row security.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['orchestra_app', 'orchestra_engine'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      -- Roles are those of the server: another database may be made in this moment.
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = name AND (rolsuper OR rolbypassrls OR rolcanlogin)) THEN
      RAISE EXCEPTION 'The role % must be NOLOGIN, NOSUPERUSER and NOBYPASSRLS.', name;
    END IF;
    -- Who migrates changes rows of all workspaces, and acts as both where it runs the program, too.
    IF NOT pg_has_role(current_user, name, 'USAGE') THEN
      EXECUTE format('GRANT %I TO %I', name, current_user);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), name);
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO %I', current_schema(), name);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT USAGE ON SEQUENCES TO %I', current_schema(), name);
  END LOOP;
END $$;
-- Whoever starts the program finds out whether all migrations are there.
GRANT SELECT ON orchestra_migrations TO PUBLIC;

-- The workspace of the transaction. Null where it has none: no row is of that.
CREATE FUNCTION orchestra_workspace() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT nullif(current_setting('orchestra.workspace', true), '');
END;

-- Every migration that makes a table calls it for the table, at its end and after its triggers: what triggers do may reach other
-- workspaces (the room of an agent that is shared), so their functions run as orchestra_engine. It may be called again.
CREATE FUNCTION orchestra_protect(protected regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  trigger_function regprocedure;
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', protected);
  EXECUTE format('DROP POLICY IF EXISTS own_workspace ON %s', protected);
  EXECUTE format('CREATE POLICY own_workspace ON %s TO orchestra_app
                  USING (workspace = orchestra_workspace()) WITH CHECK (workspace = orchestra_workspace())', protected);
  EXECUTE format('DROP POLICY IF EXISTS every_workspace ON %s', protected);
  EXECUTE format('CREATE POLICY every_workspace ON %s TO orchestra_engine USING (true) WITH CHECK (true)', protected);
  EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', protected);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO orchestra_app, orchestra_engine', protected);
  FOR trigger_function IN SELECT DISTINCT tgfoid::regprocedure FROM pg_trigger WHERE tgrelid = protected AND NOT tgisinternal LOOP
    PERFORM orchestra_run_as_engine(trigger_function);
  END LOOP;
END $$;

-- Makes a function run as orchestra_engine, whoever calls it.
CREATE FUNCTION orchestra_run_as_engine(known regprocedure) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER', known);
  EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', known, current_schema());
  IF NOT (SELECT proowner = 'orchestra_engine'::regrole FROM pg_proc WHERE oid = known) THEN
    -- Whoever is to own a function must be able to make one, for this moment.
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO orchestra_engine', current_schema());
    EXECUTE format('ALTER FUNCTION %s OWNER TO orchestra_engine', known);
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM orchestra_engine', current_schema());
  END IF;
END $$;

SELECT orchestra_protect(c.oid::regclass)
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'workspace' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname;

-- A view looks with the eyes of whoever reads it.
ALTER VIEW workspace_limits SET (security_invoker = true);
GRANT SELECT ON workspace_limits TO orchestra_app, orchestra_engine;

-- What an agent is, where another workspace may use it: an agent, or the room `@host` of a host on which one lives.
CREATE FUNCTION is_shared_agent(owner text, agent text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM agents WHERE agents.workspace = owner AND agents.name = agent AND shared)
    OR (starts_with(agent, '@')
        AND EXISTS (SELECT FROM agents WHERE agents.workspace = owner AND host_of(agents.name) = substr(agent, 2) AND shared));
END;
CREATE POLICY shared_agent ON agents FOR SELECT TO orchestra_app USING (shared);
-- Turns of other workspaces look for room, and lock what they find.
CREATE POLICY shared_agent ON agent_room FOR SELECT TO orchestra_app USING (is_shared_agent(workspace, agent));
CREATE POLICY shared_agent_locked ON agent_room FOR UPDATE TO orchestra_app
  USING (is_shared_agent(workspace, agent)) WITH CHECK (is_shared_agent(workspace, agent));
-- And count their starts in a window: `agent/<workspace>/<name>/rate/…`.
CREATE POLICY shared_agent ON budget_accounts TO orchestra_app
  USING (account LIKE 'agent/%' AND is_shared_agent(workspace, split_part(account, '/', 3)))
  WITH CHECK (account LIKE 'agent/%' AND is_shared_agent(workspace, split_part(account, '/', 3)));

-- Whether an agent comes for its work, whatever became of its being shared since it was given an attempt.
CREATE FUNCTION is_remote_agent(owner text, agent text) RETURNS boolean LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM agents WHERE agents.workspace = owner AND agents.name = agent
                 AND definition -> 'connector' ->> 'connector' IN ('remote', 'function'));
END;

-- Whether a workspace wants insights to go out of it, or to come in: asked about another one by whoever reads what came from there.
CREATE FUNCTION wants_insights(asked text, way text) RETURNS boolean LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM workspace_settings WHERE workspace_settings.workspace = asked AND options ->> 'shareInsights' IN (way, 'both'));
END;
SELECT orchestra_run_as_engine('is_shared_agent(text, text)'), orchestra_run_as_engine('is_remote_agent(text, text)'),
       orchestra_run_as_engine('wants_insights(text, text)');
REVOKE EXECUTE ON FUNCTION is_shared_agent(text, text), is_remote_agent(text, text), wants_insights(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_shared_agent(text, text), is_remote_agent(text, text), wants_insights(text, text) TO orchestra_app, orchestra_engine;
