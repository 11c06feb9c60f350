-- Up Migration

-- Which outcomes say something of their agent. Cancelled and rate-limited attempts do not, nor do those that were lost with their worker.
CREATE FUNCTION tells_of_agent(verdict text, lost boolean) RETURNS boolean LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT NOT lost AND verdict IN ('succeeded', 'failed', 'timed_out', 'contradictory');
END;

-- `report_id`: who reported the outcome of work done elsewhere calls it so; null for attempts of sessions. `task_kind`: what tasks are compared
-- by, as TaskKind in JSON; null where only the plan knows it. `model` and `work` (ReportedWork): what the agent says; null where it does not.
ALTER TABLE outcomes ADD COLUMN report_id text, ADD COLUMN task_kind jsonb, ADD COLUMN IF NOT EXISTS model text, ADD COLUMN work jsonb;
CREATE UNIQUE INDEX outcomes_reported_once ON outcomes (workspace, report_id) WHERE report_id IS NOT NULL;

-- What was reported of a time before its agent was reset is forgotten with the rest.
CREATE OR REPLACE FUNCTION outcomes_were_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outcomes_to_learn (workspace, session, run, attempt, agent_workspace, agent)
  SELECT workspace, session, run, attempt, agent_workspace, agent FROM added
  WHERE agent_workspace IS NOT NULL AND tells_of_agent(verdict, lost) AND (report_id IS NULL OR NOT EXISTS (
    SELECT FROM learning_resets AS reset
    WHERE (reset.workspace, reset.agent_workspace, reset.agent) = (added.workspace, added.agent_workspace, added.agent)
      AND reset.at >= added.ended_at
  ));
  RETURN NULL;
END $$;

-- As in 0018, without what is reported: it may be old, and says nothing of whether its agent can be reached now.
CREATE OR REPLACE FUNCTION outcomes_are_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  are_due boolean;
BEGIN
  IF NOT EXISTS (SELECT FROM added WHERE agent_workspace IS NOT NULL AND report_id IS NULL) THEN
    RETURN NULL;
  END IF;
  WITH spoken AS (
    SELECT agent_workspace AS workspace, added.agent, string_agg(CASE verdict WHEN 'succeeded' THEN 's' ELSE 'f' END, '' ORDER BY ended_at) AS evidence
    FROM added JOIN agents ON agents.workspace = agent_workspace AND agents.name = added.agent
    WHERE tells_of_agent(verdict, false) AND report_id IS NULL
      AND (verdict <> 'failed' OR evidence <> '[]' OR lost)
      AND (NOT lost OR definition -> 'connector' ->> 'connector' IN ('remote', 'function'))
    GROUP BY 1, 2
  ), noted AS (
    INSERT INTO agent_breakers AS known (workspace, agent, evidence, spoke_at, due_at)
    SELECT workspace, agent, right(evidence, 100), now(), CASE WHEN evidence LIKE '%f%' THEN now() END FROM spoken ORDER BY 1, 2
    ON CONFLICT (workspace, agent) DO UPDATE SET evidence = right(known.evidence || excluded.evidence, 100), spoke_at = now(),
      due_at = CASE WHEN excluded.due_at IS NOT NULL OR known.breaker ->> 'state' = 'half-open' THEN now() ELSE known.due_at END
    RETURNING due_at
  )
  SELECT count(*) > 0 INTO are_due FROM noted WHERE due_at = now();
  IF are_due THEN
    PERFORM pg_notify('orchestra_breakers', '');
  END IF;
  RETURN NULL;
END $$;

-- Mining and metrics go by the time of settling.
DROP INDEX outcomes_by_end;

-- Those that are past the window of mining are deleted.
CREATE INDEX insight_applications_by_age ON insight_applications (workspace, at);

-- Of a task the latest attempts, and the latest successes among them.
DROP INDEX outcomes_durations;
DROP INDEX outcomes_of_tasks;
CREATE INDEX outcomes_of_tasks ON outcomes (workspace, plan_name, task, settled_at DESC) WHERE tells_of_agent(verdict, lost);
