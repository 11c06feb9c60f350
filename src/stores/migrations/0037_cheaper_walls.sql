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

-- As before, but told of many agents at once: a turn may give work to hundreds. A payload has less than 8,000 bytes.
CREATE OR REPLACE FUNCTION change_agent_room(changes jsonb) RETURNS void LANGUAGE sql AS $$
  WITH changed AS (
    SELECT * FROM jsonb_to_recordset(changes) AS x (workspace text, agent text, change int) WHERE change <> 0
  ), room AS (
    -- In key order, as everybody locks them.
    SELECT agent_room.workspace, agent_room.agent, change FROM agent_room JOIN changed USING (workspace, agent)
    ORDER BY workspace, agent FOR UPDATE OF agent_room
  ), counted AS (
    UPDATE agent_room SET running = running + change,
      trials = CASE WHEN trials > 0 THEN greatest(trials - greatest(change, 0), 0) ELSE trials END FROM room
    WHERE agent_room.workspace = room.workspace AND agent_room.agent = room.agent
    RETURNING agent_room.workspace, agent_room.agent, running, max_concurrent, trials
  ), told AS (
    SELECT jsonb_build_array(workspace, agent, places_taken(running, max_concurrent, trials)::text) AS room, row_number() OVER () / 25 AS part FROM counted
  )
  SELECT pg_notify('orchestra_room', jsonb_agg(room)::text) FROM told GROUP BY part
$$;
