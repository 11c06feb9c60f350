import type { Pool } from 'pg';
import { handoverStrength } from '../domain/learning/handover-strength';
import { milliseconds } from './milliseconds';
import type { AgentRelationshipReader, Handover } from '../contracts/ports/agent-relationships';
import { inWorkspace, summing } from './scope';

/** Older attempts of the agent lead to no more sessions: what is counted stays small, and recent. */
const attemptsLookedAt = 1_000;
const shownAgents = 10;

interface PlanRow {
  session: string;
  hash: string;
  /** With the first session of each plan. */
  canonical: string | null;
}

interface HandoverRow {
  is_giver: boolean;
  workspace: string;
  name: string;
  succeeded: number;
  failed: number;
  last_at: number;
}

/** Counts on demand, from the outcomes of attempts and from what their tasks needed. */
export function createAgentRelationshipReader(pool: Pool): AgentRelationshipReader {
  return {
    of: async (workspace, agent) => {
      const { rows: plans } = await inWorkspace(pool, workspace).query<PlanRow>(plansText, [
        workspace,
        agent.workspace,
        agent.name,
        attemptsLookedAt,
      ]);
      const edges = plans.flatMap(({ hash, canonical }) =>
        canonical === null ? [] : needsIn(canonical).map((edge) => ({ hash, ...edge })),
      );
      const { rows } = await summing(inWorkspace(pool, workspace)).query<HandoverRow>(handoversText, [
        workspace,
        agent.workspace,
        agent.name,
        JSON.stringify(edges),
        JSON.stringify(plans.map(({ session, hash }) => ({ session, hash }))),
        shownAgents,
      ]);
      const handovers = (isGiver: boolean): Handover[] =>
        rows
          .filter((row) => row.is_giver === isGiver)
          .map(({ workspace: other, name, succeeded, failed, last_at: lastAt }) => ({
            agent: { workspace: other, name },
            succeeded,
            failed,
            strength: handoverStrength({ succeeded, failed }),
            lastAt,
          }));
      return { tookOverFrom: handovers(false), handedOverTo: handovers(true) };
    },
  };
}

/** Which task needs which. Read here: texts of a plan may hold what PostgreSQL takes for no JSON. */
function needsIn(canonical: string): { task: string; need: string }[] {
  const { tasks } = JSON.parse(canonical) as { tasks: Record<string, { needs: string[] }> };
  return Object.entries(tasks).flatMap(([task, { needs }]) => needs.map((need) => ({ task, need })));
}

const plansText = `
  WITH latest AS (
    SELECT session FROM outcomes WHERE workspace = $1 AND agent_workspace = $2 AND agent = $3 ORDER BY ended_at DESC LIMIT $4
  ), planned AS (
    SELECT id AS session, plan_hash AS hash, row_number() OVER (PARTITION BY plan_hash) AS nth
    FROM sessions WHERE workspace = $1 AND id IN (SELECT session FROM latest)
  )
  SELECT session, hash, canonical
  FROM planned LEFT JOIN LATERAL (SELECT canonical FROM plans WHERE workspace = $1 AND plans.hash = planned.hash AND nth = 1) AS plan ON true`;

// A racer may succeed after another has won: its run has not. It is looked up for each, as a CASE, of which PostgreSQL expects half to hold: where it expects
// few, it compares each with each afterwards.
// Attempts count as they do in the record of an agent: those that say nothing of it are left out.
const handoversText = `
  WITH edges AS (
    SELECT * FROM jsonb_to_recordset($4) AS x (hash text, task text, need text)
  ), planned AS (
    SELECT * FROM jsonb_to_recordset($5) AS x (session text, hash text)
  ), attempts AS MATERIALIZED (
    SELECT session, hash, task, run, attempt, agent_workspace, agent, verdict, ended_at, agent_workspace = $2 AND agent = $3 AS is_own
    FROM outcomes JOIN planned USING (session)
    WHERE workspace = $1 AND agent_workspace IS NOT NULL AND tells_of_agent(verdict, lost)
  ), results AS (
    SELECT DISTINCT session, hash, task, agent_workspace, agent, is_own FROM (
      SELECT DISTINCT ON (session, run) * FROM attempts WHERE verdict = 'succeeded' AND CASE WHEN (
        SELECT status FROM task_runs WHERE workspace = $1 AND task_runs.session = attempts.session AND task_runs.run = attempts.run
      ) <> 'succeeded' THEN false ELSE true END ORDER BY session, run, attempt DESC
    ) AS last_success
  ), handovers AS (
    SELECT DISTINCT giver.is_own AS is_giver,
           CASE WHEN giver.is_own THEN taker.agent_workspace ELSE giver.agent_workspace END AS workspace,
           CASE WHEN giver.is_own THEN taker.agent ELSE giver.agent END AS name,
           taker.session, taker.run, taker.attempt, taker.verdict = 'succeeded' AS has_succeeded, taker.ended_at
    FROM results AS giver
    JOIN edges ON edges.hash = giver.hash AND edges.need = giver.task
    JOIN attempts AS taker ON taker.session = giver.session AND taker.task = edges.task
    WHERE giver.is_own <> taker.is_own
  ), counted AS (
    SELECT is_giver, workspace, name,
           count(*) FILTER (WHERE has_succeeded)::int AS succeeded, count(*) FILTER (WHERE NOT has_succeeded)::int AS failed,
           ${milliseconds('max(ended_at)')} AS last_at,
           row_number() OVER (PARTITION BY is_giver ORDER BY count(*) DESC, workspace, name) AS nth
    FROM handovers GROUP BY is_giver, workspace, name
  )
  SELECT is_giver, workspace, name, succeeded, failed, last_at FROM counted WHERE nth <= $6 ORDER BY is_giver, nth`;
