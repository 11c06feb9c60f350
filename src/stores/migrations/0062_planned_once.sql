-- Leases are taken and ended with every turn: what they do to rooms is planned once a connection, and no longer with each call, as a function in SQL is.
CREATE OR REPLACE FUNCTION change_agent_room(changes jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  told bigint;
BEGIN
  WITH changed AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(changes) AS x (workspace text, agent text, change int) WHERE change <> 0 ORDER BY workspace, agent
  ), counted AS (
    UPDATE agent_room SET running = running + change,
      trials = CASE WHEN trials > 0 THEN greatest(trials - greatest(change, 0), 0) ELSE trials END FROM changed
    WHERE agent_room.workspace = changed.workspace AND agent_room.agent = changed.agent
    RETURNING agent_room.workspace, agent_room.agent, running, max_concurrent, trials
  ), parts AS (
    SELECT jsonb_agg(room)::text AS rooms FROM (
      SELECT jsonb_build_array(workspace, agent, places_taken(running, max_concurrent, trials)::text) AS room,
             row_number() OVER () / 25 AS part FROM counted
    ) AS numbered GROUP BY part
  )
  SELECT count(pg_notify('orchestra_room', rooms)) INTO told FROM parts;
END $$;
ALTER FUNCTION change_agent_room SET enable_hashjoin = off;
ALTER FUNCTION change_agent_room SET enable_mergejoin = off;
ALTER FUNCTION change_agent_room SET enable_seqscan = off;

-- Rooms change all the time, and nothing that is indexed of them does: with space beside them their indexes are left alone.
ALTER TABLE agent_room SET (fillfactor = 50);
