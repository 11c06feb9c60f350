-- What a statement looks at a thousand times must cost little.

-- Whether an agent is shared is a look at another table: not for rows of the own workspace, which are seen anyway. The parts of a policy are
-- tried in their order, and those of several policies in none that can be relied on.
ALTER POLICY shared_agent ON agent_room USING (workspace IS DISTINCT FROM orchestra_workspace() AND is_shared_agent(workspace, agent));
ALTER POLICY shared_agent_locked ON agent_room
  USING (workspace IS DISTINCT FROM orchestra_workspace() AND is_shared_agent(workspace, agent))
  WITH CHECK (workspace IS DISTINCT FROM orchestra_workspace() AND is_shared_agent(workspace, agent));
ALTER POLICY shared_agent ON budget_accounts
  USING (workspace IS DISTINCT FROM orchestra_workspace() AND account LIKE 'agent/%' AND is_shared_agent(workspace, split_part(account, '/', 3)))
  WITH CHECK (workspace IS DISTINCT FROM orchestra_workspace() AND account LIKE 'agent/%' AND is_shared_agent(workspace, split_part(account, '/', 3)));

-- The events of a turn are told together: where nobody listens, that is one look.
DROP TRIGGER session_events_are_told ON session_events;
DROP FUNCTION session_event_is_told();
CREATE FUNCTION session_events_are_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added JOIN webhooks ON webhooks.workspace = added.workspace
             WHERE enabled AND added.type IN ('session-started', 'session-ended', 'task-succeeded', 'task-failed') AND added.type = ANY (types)) THEN
    PERFORM tell_webhooks(
      workspace, 'msg_' || left(encode(sha256(convert_to(session || '/' || seq, 'UTF8')), 'hex'), 24), type, at,
      data || jsonb_strip_nulls(jsonb_build_object('session', session, 'seq', seq, 'task', run, 'attempt', attempt)))
    FROM (SELECT * FROM added WHERE type IN ('session-started', 'session-ended', 'task-succeeded', 'task-failed') ORDER BY seq) AS told;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER session_events_are_told AFTER INSERT ON session_events
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION session_events_are_told();

SELECT orchestra_protect('session_events');
