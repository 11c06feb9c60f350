-- Up Migration

-- A claim finds what its agent is offered among what nobody has claimed; with the index before, by the end of the grant, it read the offers of all agents.
DROP INDEX remote_work_unclaimed;
CREATE INDEX remote_work_unclaimed ON remote_work (agent_workspace, agent, offered_at) WHERE claimed_at IS NULL;

-- Most changes of leases are heartbeats, which make no room: no room is looked for then.
CREATE OR REPLACE FUNCTION leases_were_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changes jsonb;
BEGIN
  SELECT jsonb_agg(sums) INTO changes FROM (
    SELECT workspace, room AS agent, sum(change) AS change FROM (
      SELECT agent_workspace AS workspace, agent, sum(change) AS change FROM (
        SELECT agent_workspace, agent, 1 AS change FROM after_change WHERE released_at IS NULL
        UNION ALL
        SELECT agent_workspace, agent, -1 FROM before_change WHERE released_at IS NULL
      ) AS each WHERE agent_workspace IS NOT NULL GROUP BY 1, 2 HAVING sum(change) <> 0
    ) AS changed CROSS JOIN LATERAL rooms_of(agent) AS room GROUP BY 1, 2
  ) AS sums;
  IF changes IS NOT NULL THEN
    PERFORM change_agent_room(changes);
  END IF;
  RETURN NULL;
END $$;
