-- A turn may take leases for hundreds of attempts, and others wait for it meanwhile.

-- As before, but each room is looked for once: the update locks the rooms itself, in the order in which it is given them, that of their keys.
CREATE OR REPLACE FUNCTION change_agent_room(changes jsonb) RETURNS void LANGUAGE sql AS $$
  WITH changed AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(changes) AS x (workspace text, agent text, change int) WHERE change <> 0 ORDER BY workspace, agent
  ), counted AS (
    UPDATE agent_room SET running = running + change,
      trials = CASE WHEN trials > 0 THEN greatest(trials - greatest(change, 0), 0) ELSE trials END FROM changed
    WHERE agent_room.workspace = changed.workspace AND agent_room.agent = changed.agent
    RETURNING agent_room.workspace, agent_room.agent, running, max_concurrent, trials
  ), told AS (
    SELECT jsonb_build_array(workspace, agent, places_taken(running, max_concurrent, trials)::text) AS room, row_number() OVER () / 25 AS part FROM counted
  )
  SELECT pg_notify('orchestra_room', jsonb_agg(room)::text) FROM told GROUP BY part
$$;
-- Whoever asks: each row is looked for by its key, and none before another that comes first.
ALTER FUNCTION change_agent_room SET enable_hashjoin = off;
ALTER FUNCTION change_agent_room SET enable_mergejoin = off;
ALTER FUNCTION change_agent_room SET enable_seqscan = off;

-- A lease that is added is a reservation under a token that no other has.
CREATE FUNCTION leases_are_reservations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger (workspace, session, run, attempt, token, entry, accounts, reserved_micros, reserved_tokens, reserved_ms, reserved_attempts,
                      kept_micros, kept_tokens, kept_ms, kept_attempts, spent_attempts)
  SELECT workspace, session, run, attempt, token, 'reserved', accounts, reserved_micros, reserved_tokens, reserved_ms, 1, 0, 0, 0, 0, 0
  FROM added WHERE accounts IS NOT NULL AND begun_at IS NULL AND released_at IS NULL;
  RETURN NULL;
END $$;
DROP TRIGGER leases_to_ledger_added ON leases;
CREATE TRIGGER leases_to_ledger_added AFTER INSERT ON leases
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION leases_are_reservations();

SELECT orchestra_protect('leases');
