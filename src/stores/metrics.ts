import type { Pool } from 'pg';
import type { MetricsReader } from '../contracts/ports/metrics-reader';
import type { EndedAttempt } from '../domain/metrics/session-metrics';
import { milliseconds } from './milliseconds';
import type { AgentMetrics } from '../domain/metrics/agent-metrics';
import { inWorkspace, summing } from './scope';

interface MetricsRow extends Omit<AgentMetrics, 'durationMs' | 'attemptCostUsd'> {
  costs: [p50: number, p90: number] | null;
  mean: number | null;
  percentiles: [p50: number, p90: number, p95: number, p99: number] | null;
}

export function createMetricsReader(pool: Pool): MetricsReader {
  return {
    of: async (workspace, { from, to }, agent) => {
      const { rows } = await summing(inWorkspace(pool, workspace)).query<MetricsRow>(metricsText, [
        workspace,
        from,
        to,
        agent ?? null,
      ]);
      return rows.map(({ costs, mean, percentiles, ...row }) => ({
        ...row,
        attemptCostUsd: costs && { p50: costs[0], p90: costs[1] },
        durationMs: durationsOf(mean, percentiles),
      }));
    },
    ofSession: async (workspace, session) => {
      const { rows } = await inWorkspace(pool, workspace).query<EndedAttempt>(
        `SELECT task, run, CASE WHEN agent_workspace <> $1 THEN agent_workspace || '/' || agent ELSE agent END AS agent, verdict,
                ${milliseconds('started_at')} AS "startedAt", ${milliseconds('ended_at')} AS "endedAt",
                cost_usd::float8 AS "costUsd", tokens::float8 AS tokens, quality
         FROM outcomes WHERE workspace = $1 AND session = $2 ORDER BY ended_at, run, attempt`,
        [workspace, session],
      );
      return rows;
    },
  };
}

function durationsOf(mean: number | null, percentiles: MetricsRow['percentiles']): AgentMetrics['durationMs'] {
  if (mean === null || !percentiles) return null;
  const [p50, p90, p95, p99] = percentiles;
  return { mean, p50, p90, p95, p99 };
}

/**
 * An agent of another workspace is named with it, as everywhere. Of feedback on an attempt, the latest counts. Attempts are settled after they have
 * ended, by clocks that differ by less than an hour: the index is by that time.
 */
const metricsText = `
  WITH ended AS (
    SELECT session, run, attempt, verdict, lost, duration_ms, cost_usd, tokens, quality, cached_input_tokens,
           CASE WHEN cached_input_tokens IS NOT NULL THEN input_tokens END AS told_input_tokens,
           CASE WHEN agent_workspace IS NULL OR agent_workspace = $1 THEN agent ELSE agent_workspace || '/' || agent END AS agent
    FROM outcomes
    WHERE workspace = $1 AND ended_at > to_timestamp($2 / 1000.0) AND ended_at <= to_timestamp($3 / 1000.0)
      AND settled_at > to_timestamp($2 / 1000.0) - interval '1 hour'
  )
  SELECT agent, count(DISTINCT (ended.session, ended.run)) AS tasks, count(*) AS attempts,
         count(*) FILTER (WHERE verdict = 'succeeded') AS succeeded,
         count(*) FILTER (WHERE verdict <> 'succeeded' AND tells_of_agent(verdict, lost)) AS failed,
         (avg(duration_ms) FILTER (WHERE verdict = 'succeeded'))::float8 AS mean,
         percentile_cont(ARRAY[0.5, 0.9, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE verdict = 'succeeded') AS percentiles,
         percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY cost_usd::float8) AS costs,
         coalesce(sum(cost_usd), 0)::float8 AS "costUsd", coalesce(sum(tokens), 0)::float8 AS tokens,
         count(*) FILTER (WHERE cost_usd IS NULL) AS "unknownCost", avg(rating)::float8 AS rating, avg(quality) AS quality,
         (sum(cached_input_tokens) FILTER (WHERE told_input_tokens IS NOT NULL) / nullif(sum(told_input_tokens), 0))::float8 AS "cacheHitRate"
  FROM ended LEFT JOIN outcome_feedback AS said ON said.workspace = $1 AND said.session = ended.session AND said.run = ended.run
    AND said.attempt = ended.attempt AND rating IS NOT NULL AND NOT EXISTS (
      SELECT FROM outcome_feedback AS later
      WHERE later.workspace = $1 AND later.session = said.session AND later.run = said.run AND later.attempt = said.attempt
        AND later.id > said.id AND later.rating IS NOT NULL)
  WHERE $4::text IS NULL OR agent = $4
  GROUP BY GROUPING SETS ((), (agent))
  ORDER BY grouping(agent) DESC, attempts DESC, agent`;
