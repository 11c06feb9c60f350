import type { Pool, QueryConfig } from 'pg';
import type { DueWorkspace, InsightMiningStore, Mining } from '../contracts/ports/insight-mining-store';
import type { Claim } from '../domain/learning/insights/claims';
import type { PastExample } from '../domain/learning/insights/past-example';
import { databaseJson } from './database-text';
import { exchangeInsights, isAllowed } from './insight-exchange';
import { milliseconds } from './milliseconds';
import { inTransaction } from './transaction';
import { acrossWorkspaces, inWorkspace } from './scope';

export function createInsightMiningStore(pool: Pool): InsightMiningStore {
  return {
    due: async () => {
      const { rows } = await acrossWorkspaces(pool, 'learning').query<DueWorkspace>(dueText);
      return rows;
    },
    attempts: async (workspace, { limit, maxAgeMs }) => {
      const { rows } = await inWorkspace(pool, workspace).query<PastRow>({
        name: 'attempts-to-mine',
        text: attemptsText,
        values: [workspace, limit, maxAgeMs],
      });
      return rows.map(pastExampleOf);
    },
    known: async (workspace, ids) => {
      const { rows } = await inWorkspace(pool, workspace).query<
        Awaited<ReturnType<InsightMiningStore['known']>>[number]
      >(`SELECT id, scope, feature FROM insights WHERE workspace = $1 AND id = ANY ($2) AND ${isAllowed}`, [
        workspace,
        ids,
      ]);
      return rows;
    },
    exchange: () => exchangeInsights(pool),
    claims: async (workspace) => {
      const { rows } = await inWorkspace(pool, workspace).query<Claim>(
        `SELECT id, scope, feature FROM insights WHERE workspace = $1 AND source IS NOT NULL AND expired_at IS NULL AND ${isAllowed}`,
        [workspace],
      );
      return rows;
    },
    store: (workspace, mining) =>
      inTransaction(inWorkspace(pool, workspace), (client) =>
        // Two at once would expire what the other finds.
        client
          .query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [miningLock, workspace])
          .then(() => ({ result: undefined, writes: writesOf(workspace, mining) })),
      ),
  };
}

const miningLock = 7_041;

/** A twentieth of what was looked at last; never so few that chance is looked at, never so many that nobody hears of what is new. */
const enough = `least(1000, greatest(20, coalesce(mined.outcomes, 0) / 20))`;

/** A mining looks at everything again, so it waits for who says more than one thing. */
const restAfterMining = `interval '10 minutes'`;

// Workspaces are found by their keys, one after the other: there are few, and their outcomes are many. What was reported is counted as it came, since it may
// have ended before the latest mining.
const dueText = `
  WITH RECURSIVE spaces AS (
    (SELECT workspace FROM outcomes ORDER BY workspace LIMIT 1)
    UNION ALL
    SELECT (SELECT outcomes.workspace FROM outcomes WHERE outcomes.workspace > spaces.workspace ORDER BY outcomes.workspace LIMIT 1)
    FROM spaces WHERE spaces.workspace IS NOT NULL
  )
  SELECT spaces.workspace, coalesce(mined.corrections, 0) AS corrections, coalesce(mined.reported, 0) AS reported FROM spaces
  LEFT JOIN insight_minings AS mined USING (workspace)
  CROSS JOIN LATERAL (
    SELECT count(*) AS settled FROM (
      SELECT FROM outcomes
      WHERE outcomes.workspace = spaces.workspace AND settled_at > coalesce(mined.up_to, '-infinity') AND report_id IS NULL LIMIT ${enough}
    ) AS news
  ) AS counted
  WHERE spaces.workspace IS NOT NULL
    AND (settled + coalesce(mined.reported - mined.mined_reported, 0) >= ${enough}
      OR mined.corrections > mined.mined_corrections AND mined.mined_at < now() - ${restAfterMining})`;

interface PastRow extends Omit<PastExample, 'feedback'> {
  rating: number | null;
  useful: boolean | null;
  modifications: string | null;
}

function pastExampleOf({ rating, useful, modifications, ...past }: PastRow): PastExample {
  const feedback = {
    ...(rating !== null && { rating }),
    ...(useful !== null && { useful }),
    ...(modifications !== null && { modifications }),
  };
  return { ...past, ...(Object.keys(feedback).length > 0 && { feedback }) };
}

const attemptsText = `
  WITH latest AS (
    SELECT * FROM outcomes
    WHERE workspace = $1 AND settled_at > now() - $3 * interval '1 millisecond' AND tells_of_agent(verdict, lost)
    ORDER BY settled_at DESC LIMIT $2
  )
  SELECT latest.session, latest.run, latest.attempt, latest.agent_workspace AS "agentWorkspace", latest.agent,
         latest.plan_name AS "planName", sessions.plan_hash AS "planHash", latest.task, latest.task_kind AS kind, latest.model, latest.work, latest.handoffs, latest.verdict, left(latest.error, 1000) AS error,
         ${milliseconds('latest.started_at')} AS "startedAt", ${milliseconds('latest.ended_at')} AS "endedAt",
         latest.duration_ms::float8 AS "durationMs", latest.cost_usd::float8 AS "costUsd", latest.tokens::float8 AS tokens,
         latest.input_bytes::float8 AS "inputBytes", ${milliseconds('sessions.started_at')} AS "sessionStartedAt",
         (SELECT timeout_ms FROM leases WHERE leases.workspace = $1 AND leases.session = latest.session AND leases.run = latest.run
            AND leases.attempt = latest.attempt) AS "timeoutMs",
         coalesce(told.insights, '{}') AS applied, said.rating, said.useful, said.modifications
  FROM latest
  LEFT JOIN sessions ON sessions.workspace = $1 AND sessions.id = latest.session
  LEFT JOIN learning_resets AS reset ON reset.workspace = $1 AND reset.agent_workspace = latest.agent_workspace AND reset.agent = latest.agent
  LEFT JOIN LATERAL (
    SELECT array_agg(insight) AS insights FROM insight_applications AS application
    WHERE application.workspace = $1 AND application.session = latest.session AND application.run = latest.run
      AND application.attempt = latest.attempt
  ) AS told ON true
  LEFT JOIN LATERAL (
    SELECT rating, useful, modifications FROM outcome_feedback AS feedback
    WHERE feedback.workspace = $1 AND feedback.session = latest.session AND feedback.run = latest.run AND feedback.attempt = latest.attempt
    ORDER BY id DESC LIMIT 1
  ) AS said ON true
  WHERE reset.at IS NULL OR latest.ended_at > reset.at
  ORDER BY latest.ended_at DESC`;

function writesOf(
  workspace: string,
  { insights, effects, claims, outcomes, corrections, reported, maxAgeMs }: Mining,
): QueryConfig[] {
  const told = [...effects].map(([id, effect]) => ({ id, effect }));
  return [
    { text: storeText, values: [workspace, databaseJson(insights)] },
    {
      text: `UPDATE insights SET expired_at = now() WHERE workspace = $1 AND expired_at IS NULL AND source IS NULL AND id <> ALL ($2)`,
      values: [workspace, insights.map(({ id }) => id)],
    },
    {
      text: `UPDATE insights SET effect = told.effect FROM jsonb_to_recordset($2) AS told (id text, effect jsonb)
             WHERE workspace = $1 AND insights.id = told.id`,
      values: [workspace, JSON.stringify(told)],
    },
    {
      text: `UPDATE insights SET confidence = said.confidence, expired_at = CASE WHEN "isOver" THEN now() END
             FROM jsonb_to_recordset($2) AS said (id text, confidence int, "isOver" boolean)
             WHERE workspace = $1 AND insights.id = said.id AND source IS NOT NULL AND expired_at IS NULL`,
      values: [workspace, JSON.stringify(claims)],
    },
    {
      text: `INSERT INTO insight_minings (workspace, outcomes, up_to, mined_corrections, mined_reported, mined_at)
             VALUES ($1, $2, (SELECT max(settled_at) FROM outcomes WHERE workspace = $1), $3, $4, now())
             ON CONFLICT (workspace) DO UPDATE SET outcomes = excluded.outcomes, up_to = excluded.up_to,
               mined_corrections = excluded.mined_corrections, mined_reported = excluded.mined_reported, mined_at = excluded.mined_at`,
      values: [workspace, outcomes, corrections, reported],
    },
    {
      // Of attempts that no mining looks at any more.
      text: `DELETE FROM insight_applications WHERE workspace = $1 AND at < now() - $2 * interval '1 millisecond'`,
      values: [workspace, maxAgeMs],
    },
  ];
}

const storeText = `
  INSERT INTO insights (workspace, id, kind, scope, feature, says, confidence, counts, links, advice, distribution)
  SELECT $1, id, kind, scope, feature, says, confidence, counts, links, advice, distribution
  FROM jsonb_to_recordset($2) AS found (id text, kind text, scope jsonb, feature jsonb, says text, confidence int, counts jsonb,
                                        links jsonb, advice jsonb, distribution jsonb)
  ON CONFLICT (workspace, id) DO UPDATE SET
    says = excluded.says, confidence = excluded.confidence, counts = excluded.counts, links = excluded.links, advice = excluded.advice,
    distribution = excluded.distribution,
    last_seen = now(), expired_at = NULL`;
