import type { Pool, PoolClient } from 'pg';
import type { AttemptToLearn, LearningBatch, LearningStore } from '../contracts/ports/learning-store';
import { correctionIn } from './corrections';
import { storeKnownTasks } from './known-tasks';
import { knownOf, storeLearnt } from './learned-cells';
import { storeHandovers } from './learned-handovers';
import { milliseconds } from './milliseconds';
import { inTransaction } from './transaction';
import { acrossWorkspaces, inWorkspace } from './scope';

/** One batch at a time: what is learnt anew must see all outcomes, and no other batch may add to it meanwhile. */
const learnerLock = 7_041_501;

/** Agents of which all is learnt anew in one transaction. */
const relearntAtOnce = 10;

/** Of an agent. Older ones have faded. */
const relearntOutcomes = 5_000;

export function createLearningStore(pool: Pool): LearningStore {
  return {
    learnBatch: (limit, learn) =>
      inTransaction(acrossWorkspaces(pool, 'learning'), async (client) => {
        const { rows: locked } = await client.query<{ mine: boolean }>(`SELECT pg_try_advisory_xact_lock($1) AS mine`, [
          learnerLock,
        ]);
        if (locked[0]?.mine !== true) return { result: undefined, writes: [] };
        const anew = await takeAgentsToRelearn(client);
        const batch = anew ?? (await takeOutcomes(client, limit));
        if (batch.attempts.length > 0) {
          const learnt = await learn(batch);
          await storeLearnt(client, learnt);
          await storeKnownTasks(client, learnt.tasks);
          await storeHandovers(client, batch, learnt.handovers);
        }
        const learnt = batch.attempts.length;
        return { result: { learnt, more: anew !== undefined || learnt === limit }, writes: [] };
      }),
    forget: (workspace, agent) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        await client.query('SELECT pg_advisory_xact_lock($1)', [learnerLock]);
        const values = [workspace, agent.workspace, agent.name];
        const own = 'workspace = $1 AND agent_workspace = $2 AND agent = $3';
        return {
          result: undefined,
          writes: [
            {
              text: `INSERT INTO learning_resets (workspace, agent_workspace, agent) VALUES ($1, $2, $3)
                     ON CONFLICT (workspace, agent_workspace, agent) DO UPDATE SET at = clock_timestamp()`,
              values,
            },
            { text: `DELETE FROM learned_records WHERE ${own}`, values },
            { text: `DELETE FROM learned_models WHERE ${own}`, values },
            { text: `DELETE FROM learned_complexities WHERE ${own}`, values },
            { text: `DELETE FROM learned_handovers WHERE ${own}`, values },
            { text: `DELETE FROM capability_steps WHERE ${own}`, values },
            { text: `DELETE FROM outcomes_to_learn WHERE ${own}`, values },
            correctionIn(workspace),
            {
              text: `SELECT pg_notify('orchestra_learnt', jsonb_build_array($1::text, $2::text)::text)`,
              values: values.slice(1),
            },
          ],
        };
      }),
  };
}

interface AttemptRow extends Omit<AttemptToLearn, 'agent' | 'feedback'> {
  agent_workspace: string;
  agent: string;
  rating: number | null;
  useful: boolean | null;
  modifications: string | null;
}

function attemptOf({ agent_workspace, agent, rating, useful, modifications, ...rest }: AttemptRow): AttemptToLearn {
  const feedback = {
    ...(rating !== null && { rating }),
    ...(useful !== null && { useful }),
    ...(modifications !== null && { modifications }),
  };
  return {
    ...rest,
    agent: { workspace: agent_workspace, name: agent },
    ...(Object.keys(feedback).length > 0 && { feedback }),
  };
}

const attemptColumns = `
         outcomes.session, outcomes.plan_name AS "planName", outcomes.task, outcomes.task_kind AS kind, outcomes.verdict, outcomes.model, outcomes.quality,
         outcomes.handoffs, outcomes.work -> 'collaborators' AS collaborators,
         CASE WHEN outcomes.attempt > 1 THEN coalesce((
           SELECT before.verdict <> 'succeeded' AND tells_of_agent(before.verdict, before.lost) FROM outcomes AS before
           WHERE before.workspace = outcomes.workspace AND before.session = outcomes.session AND before.run = outcomes.run
             AND before.attempt = outcomes.attempt - 1 LIMIT 1
         ), false) ELSE false END AS "isRetry",
         outcomes.duration_ms::float8 AS "durationMs", outcomes.cost_usd::float8 AS "costUsd", ${milliseconds('outcomes.ended_at')} AS "endedAt",
         sessions.plan_hash AS "planHash", said.rating, said.useful, said.modifications`;

const withPlanAndFeedback = `
  LEFT JOIN sessions ON sessions.workspace = outcomes.workspace AND sessions.id = outcomes.session
  LEFT JOIN LATERAL (
    SELECT rating, useful, modifications FROM outcome_feedback AS said
    WHERE said.workspace = outcomes.workspace AND said.session = outcomes.session AND said.run = outcomes.run
      AND said.attempt = outcomes.attempt
    ORDER BY id DESC LIMIT 1
  ) AS said ON true`;

/** The next outcomes in the order in which they came, with what is known of their agents. */
async function takeOutcomes(client: PoolClient, limit: number): Promise<LearningBatch> {
  const { rows } = await client.query<AttemptRow>({
    name: 'outcomes-to-learn',
    text: `WITH taken AS (
             DELETE FROM outcomes_to_learn USING (SELECT workspace, id FROM outcomes_to_learn ORDER BY id LIMIT $1) AS next
             WHERE outcomes_to_learn.workspace = next.workspace AND outcomes_to_learn.id = next.id
             RETURNING outcomes_to_learn.*
           )
           SELECT taken.workspace, taken.agent_workspace, taken.agent, ${attemptColumns}
           FROM taken JOIN outcomes USING (workspace, session, run, attempt) ${withPlanAndFeedback}`,
    values: [limit],
  });
  const attempts = rows.map(attemptOf);
  return { anew: false, attempts, ...(await knownOf(client, attempts)) };
}

/**
 * The latest outcomes of agents that have to be learnt anew, with the cells that these replace; undefined where there are none. Outcomes that
 * nobody has learnt yet are left out, and learnt in their turn: one statement sees one moment, so that each is in one of both. It is a later moment
 * than that in which the agents are taken: what was said by then is seen, and what is said after it waits, and has them learnt anew once more.
 */
async function takeAgentsToRelearn(client: PoolClient): Promise<LearningBatch | undefined> {
  const { rows: agents } = await client.query<{ workspace: string; agent_workspace: string; agent: string }>({
    name: 'agents-to-relearn',
    text: `DELETE FROM agents_to_relearn USING (SELECT * FROM agents_to_relearn LIMIT $1) AS next
           WHERE (agents_to_relearn.workspace, agents_to_relearn.agent_workspace, agents_to_relearn.agent)
               = (next.workspace, next.agent_workspace, next.agent)
           RETURNING agents_to_relearn.*`,
    values: [relearntAtOnce],
  });
  if (agents.length === 0) return undefined;
  const { rows } = await client.query<AttemptRow>({
    name: 'outcomes-to-relearn',
    text: `SELECT taken.workspace, taken.agent_workspace, taken.agent, attempts.*
           FROM unnest($1::text[], $2::text[], $3::text[]) AS taken (workspace, agent_workspace, agent) CROSS JOIN LATERAL (
             SELECT ${attemptColumns} FROM outcomes ${withPlanAndFeedback}
             WHERE outcomes.workspace = taken.workspace AND outcomes.agent_workspace = taken.agent_workspace
               AND outcomes.agent = taken.agent AND tells_of_agent(outcomes.verdict, outcomes.lost)
               AND outcomes.ended_at > coalesce((
                 SELECT at FROM learning_resets AS reset
                 WHERE (reset.workspace, reset.agent_workspace, reset.agent) = (taken.workspace, taken.agent_workspace, taken.agent)
               ), '-infinity')
               -- Looked up for each: as NOT EXISTS it would be a join, which compares each with all that is to be learnt (pool.ts).
               AND (
                 SELECT next.id FROM outcomes_to_learn AS next
                 WHERE (next.workspace, next.session, next.run, next.attempt)
                     = (outcomes.workspace, outcomes.session, outcomes.run, outcomes.attempt) LIMIT 1
               ) IS NULL
             ORDER BY outcomes.ended_at DESC LIMIT $4
           ) AS attempts`,
    values: [
      agents.map(({ workspace }) => workspace),
      agents.map((one) => one.agent_workspace),
      agents.map(({ agent }) => agent),
      relearntOutcomes,
    ],
  });
  const attempts = rows.map(attemptOf);
  return { anew: true, attempts, ...(await knownOf(client, attempts)) };
}
