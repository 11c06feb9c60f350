import type { Pool } from 'pg';
import type { InsightCatalog, InsightOverview } from '../contracts/ports/insight-catalog';
import type { InsightReader } from '../contracts/ports/insight-reader';
import type { RunTaskInput } from '../contracts/protocol/activities';
import type { StoredInsight } from '../domain/learning/insights/relevant';
import { OrchestraError } from '../domain/errors';
import { batchedBy } from './batch';
import { isAllowed, thresholdOf } from './insight-exchange';
import { milliseconds } from './milliseconds';
import { inTransaction } from './transaction';
import { inWorkspace } from './scope';

/** Insights change when outcomes are mined: every few minutes at most. */
export const insightsMaxAgeMs = 30_000;

/** The surest ones; a workspace with more has so many that the others are never told. */
const mostHeld = 1_000;

const threshold = thresholdOf('$1');

/** What is only said is tried, however sure. */
const isUsed = `(expired_at IS NULL AND (confidence >= ${threshold} OR source IS NOT NULL))`;

/** Those that hold, and what is only said; of a capability or a type of task, where these are named. The surest first. */
export async function readHoldingInsights(
  pool: Pool,
  workspace: string,
  { capability, taskType }: { capability?: string; taskType?: string } = {},
): Promise<readonly StoredInsight[]> {
  const { rows } = await inWorkspace(pool, workspace).query<StoredInsight>({
    name: 'holding-insights',
    text: `SELECT id, kind, scope, feature, says, coalesce(confidence, 0) AS confidence, distribution, ${threshold} AS "sureFrom" FROM insights
           WHERE workspace = $1 AND ${isUsed} AND ${isAllowed}
             AND ($2::text IS NULL OR scope ->> 'capability' = $2) AND ($3::text IS NULL OR scope ->> 'taskType' = $3)
           ORDER BY coalesce(confidence, 0) DESC, id LIMIT ${mostHeld}`,
    values: [workspace, capability ?? null, taskType ?? null],
  });
  return rows;
}

export function createInsightReader(pool: Pool, now: () => number): InsightReader {
  const known = new Map<string, { insights: Promise<readonly StoredInsight[]>; readAt: number }>();
  return {
    holding: (workspace) => {
      const fresh = known.get(workspace);
      if (fresh && now() - fresh.readAt < insightsMaxAgeMs) return fresh.insights;
      const reading = { insights: readHoldingInsights(pool, workspace), readAt: now() };
      known.set(workspace, reading);
      reading.insights.catch(() => known.get(workspace) === reading && known.delete(workspace));
      return reading.insights;
    },
    apply: applier(pool),
  };
}

/** Many attempts begin in the same moment. */
function applier(pool: Pool): InsightReader['apply'] {
  const write = batchedBy<RunTaskInput & { insights: readonly string[] }, void>(
    ({ workspace }) => workspace,
    async (attempts, workspace) => {
      await inWorkspace(pool, workspace).query({
        name: 'apply-insights',
        text: `INSERT INTO insight_applications (workspace, session, run, attempt, insight)
             SELECT workspace, session, run, attempt, insight
             FROM jsonb_to_recordset($1) AS x (workspace text, session text, run text, attempt int, insights jsonb),
                  jsonb_array_elements_text(insights) AS insight
             ON CONFLICT DO NOTHING`,
        values: [JSON.stringify(attempts)],
      });
      return attempts.map(() => undefined);
    },
  );
  return (attempt, insights) => write({ ...attempt, insights });
}

function insightNotFound(id: string): OrchestraError {
  return new OrchestraError(
    'INSIGHT_NOT_FOUND',
    `Nobody says "${id}". See the ids of discoveries in \`orchestra learn insights --all\`; what outcomes show is forgotten with them. Nothing was changed.`,
  );
}

export function createInsightCatalog(pool: Pool): InsightCatalog {
  return {
    list: async (
      workspace,
      { agent, capability, taskType, all },
      { limit = null, after: [rank, last] = [-1_000, ''] } = {},
    ) => {
      const { rows } = await inWorkspace(pool, workspace).query<
        InsightOverview & { advice: Record<string, number> | null }
      >(
        `SELECT id, kind, scope, feature, says, confidence, counts, links, advice, effect, distribution, source,
                ${milliseconds('first_seen')} AS "firstSeen", ${milliseconds('last_seen')} AS "lastSeen",
                ${milliseconds('expired_at')} AS "expiredAt",
                (SELECT count(*)::int FROM insight_applications AS told WHERE told.workspace = $1 AND told.insight = insights.id) AS applied
         FROM insights
         WHERE workspace = $1 AND ($5 OR ${isUsed}) AND ${isAllowed}
           AND ($2::text IS NULL OR scope ->> 'agent' = $2 OR feature ->> 'agent' = $2 OR source ->> 'agent' = $2
                OR distribution -> 'receivers' @> jsonb_build_array(jsonb_build_object('agent', $2, 'verdict', 'holds')))
           AND ($3::text IS NULL OR scope ->> 'capability' = $3) AND ($4::text IS NULL OR scope ->> 'taskType' = $4)
           AND (rank, id) > ($6::bigint, $7)
         ORDER BY rank, id LIMIT $8`,
        [workspace, agent ?? null, capability ?? null, taskType ?? null, all, rank, last, limit],
      );
      return rows.map(({ advice, ...row }) => ({ ...row, ...(advice && { advice }) }));
    },

    forget: (workspace, ids) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        const { rows } = await client.query<{ id: string }>(
          `UPDATE insights SET expired_at = coalesce(expired_at, now())
           WHERE workspace = $1 AND id = ANY ($2) AND source IS NOT NULL RETURNING id`,
          [workspace, ids],
        );
        const unknown = ids.find((id) => !rows.some((row) => row.id === id));
        if (unknown !== undefined) throw insightNotFound(unknown);
        return { result: undefined, writes: [] };
      }),
  };
}
