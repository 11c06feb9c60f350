import type { Pool, PoolClient } from 'pg';
import type { HealthStore, NotedHealthEvent } from '../contracts/ports/health-store';
import type { Detector } from '../domain/health/detector';
import type { ProcessReport } from '../domain/health/measurements';
import type { HealthReport } from '../domain/health/report';
import type { SweepPast } from '../domain/health/sweep';
import type { Sample } from '../domain/health/trend';
import { measureDatabase, measureWork } from './health-measurements';
import { deleteOldEvents } from './old-events';
import { milliseconds } from './milliseconds';
import { inTransaction } from './transaction';
import { acrossWorkspaces, inWorkspace } from './scope';

export function createHealthStore(pool: Pool): HealthStore {
  return {
    workspaces: async () => {
      const { rows } = await acrossWorkspaces(pool, 'health').query<{ workspace: string }>(
        'SELECT workspace FROM health_status UNION SELECT workspace FROM sessions WHERE ended_at IS NULL ORDER BY workspace',
      );
      return rows.map(({ workspace }) => workspace);
    },

    measureDatabase: () => measureDatabase(pool),
    measureWork: (workspace) => measureWork(pool, workspace),

    processes: async () => {
      const { rows } = await acrossWorkspaces(pool, 'health').query<ProcessReport>(
        `SELECT process, roles, event_loop_delay_ms AS "eventLoopDelayMs", resident_bytes AS "residentBytes",
                heap_used_bytes AS "heapUsedBytes", heap_limit_bytes AS "heapLimitBytes", memory_limit_bytes AS "memoryLimitBytes"
         FROM process_reports WHERE reported_at > now() - interval '1 minute' ORDER BY process`,
      );
      return rows;
    },

    reportProcess: async (workspace, report) => {
      const { process, roles, eventLoopDelayMs, residentBytes, heapUsedBytes, heapLimitBytes, memoryLimitBytes } =
        report;
      await inWorkspace(pool, workspace).query(
        `WITH gone AS (DELETE FROM process_reports WHERE workspace = $1 AND reported_at < now() - interval '1 hour')
         INSERT INTO process_reports (workspace, process, roles, event_loop_delay_ms, resident_bytes, heap_used_bytes, heap_limit_bytes, memory_limit_bytes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (workspace, process) DO UPDATE SET roles = excluded.roles, event_loop_delay_ms = excluded.event_loop_delay_ms,
           resident_bytes = excluded.resident_bytes, heap_used_bytes = excluded.heap_used_bytes,
           heap_limit_bytes = excluded.heap_limit_bytes, memory_limit_bytes = excluded.memory_limit_bytes, reported_at = now()`,
        [workspace, process, roles, eventLoopDelayMs, residentBytes, heapUsedBytes, heapLimitBytes, memoryLimitBytes],
      );
    },

    record: (workspace, sweep, predicted, work) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        const { rows } = await client.query<StatusRow>(openText, [workspace]);
        const [status] = rows;
        const isKnown = status?.sweep === sweep.id || (status?.report?.at ?? -Infinity) >= sweep.at;
        if (!status || isKnown) return { result: undefined, writes: [] };
        const [counts, history] = await Promise.all([
          countEnded(client, workspace, status.counted_until),
          historyOf(client, workspace, predicted, sweep.at),
        ]);
        const result = work({
          report: status.report ?? undefined,
          detectors: status.detectors,
          ended: counts.ended,
          failed: counts.failed,
          history,
        });
        const metrics = Object.entries(result.samples);
        return {
          result,
          writes: [
            {
              text: 'UPDATE health_status SET sweep = $2, report = $3, detectors = $4, counted_until = $5 WHERE workspace = $1',
              values: [
                workspace,
                sweep.id,
                JSON.stringify(result.report),
                JSON.stringify(result.detectors),
                counts.until,
              ],
            },
            {
              text: `INSERT INTO health_samples (workspace, metric, at, value)
                     SELECT $1, metric, to_timestamp($2 / 1000.0), value FROM unnest($3::text[], $4::float8[]) AS x (metric, value)
                     ON CONFLICT DO NOTHING`,
              values: [workspace, sweep.at, metrics.map(([metric]) => metric), metrics.map(([, value]) => value)],
            },
            {
              text: `INSERT INTO health_events (workspace, at, type, subject, from_status, to_status, message)
                     SELECT $1, to_timestamp($2 / 1000.0), type, subject, "from", "to", message
                     FROM json_to_recordset($3) AS x (type text, subject text, "from" text, "to" text, message text)`,
              values: [workspace, sweep.at, JSON.stringify(result.events)],
            },
            {
              text: `WITH old AS (DELETE FROM health_samples WHERE workspace = $1 AND at < now() - interval '2 days')
                     DELETE FROM health_events WHERE workspace = $1 AND at < now() - interval '30 days'`,
              values: [workspace],
            },
            deleteOldEvents(workspace),
          ],
        };
      }),

    report: async (workspace) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ report: HealthReport | null }>(
        'SELECT report FROM health_status WHERE workspace = $1',
        [workspace],
      );
      return rows[0]?.report ?? undefined;
    },

    events: async (workspace, limit, [last] = [Number.MAX_SAFE_INTEGER]) => {
      const { rows } = await inWorkspace(pool, workspace).query<NotedHealthEvent>(
        `SELECT id AS nr, ${milliseconds('at')} AS at, type, subject, from_status AS "from", to_status AS "to", message
         FROM health_events WHERE workspace = $1 AND id < $3 ORDER BY id DESC LIMIT $2`,
        [workspace, limit, last],
      );
      return rows;
    },
  };
}

interface StatusRow {
  sweep: string | null;
  report: HealthReport | null;
  detectors: Record<string, Detector>;
  counted_until: Date;
}

/** Who sweeps the workspace locks its row, for the first time too. */
const openText = `
  INSERT INTO health_status AS own (workspace) VALUES ($1)
  ON CONFLICT (workspace) DO UPDATE SET sweep = own.sweep RETURNING sweep, report, detectors, counted_until`;

/**
 * Every outcome is counted once: what commits later than five seconds after it was settled is the only exception. The moment up to which is counted has whole
 * milliseconds, as dates here have: a part of one would be counted again. What was done elsewhere says nothing of this system.
 */
async function countEnded(
  client: PoolClient,
  workspace: string,
  from: Date,
): Promise<{ ended: number; failed: number; until: Date }> {
  const { rows } = await client.query<{ ended: number; failed: number; until: Date }>(
    `SELECT until, count(settled_at) AS ended, count(settled_at) FILTER (WHERE verdict <> 'succeeded' AND tells_of_agent(verdict, false)) AS failed
     FROM (SELECT greatest($2, date_trunc('milliseconds', now() - interval '5 seconds')) AS until) AS window_end
     LEFT JOIN outcomes ON workspace = $1 AND report_id IS NULL AND settled_at > $2 AND settled_at <= until GROUP BY until`,
    [workspace, from],
  );
  return rows[0] ?? { ended: 0, failed: 0, until: from };
}

/** Some hundred samples of each metric are enough for a trend: the time is taken in so many steps, and of each the first sample. */
const stepsOfHistory = 120;

async function historyOf(
  client: PoolClient,
  workspace: string,
  predicted: Readonly<Record<string, number>>,
  now: number,
): Promise<SweepPast['history']> {
  const { rows } = await client.query<Sample & { metric: string }>(
    // Looked up for each step by the key: all samples of a day are thousands, of each metric, for each sweep.
    `SELECT wanted.metric, ${milliseconds('first.at')} AS at, first.value
     FROM unnest($2::text[], $3::float8[]) AS wanted (metric, past_ms)
     CROSS JOIN LATERAL (SELECT past_ms / $5::float8 AS step_ms) AS steps
     CROSS JOIN LATERAL generate_series(floor(($4::float8 - past_ms) / step_ms)::bigint, floor($4::float8 / step_ms)::bigint) AS step
     CROSS JOIN LATERAL (
       SELECT at, value FROM health_samples AS sample
       WHERE sample.workspace = $1 AND sample.metric = wanted.metric
         AND at >= to_timestamp(greatest(step * step_ms, $4::float8 - past_ms) / 1000) AND at < to_timestamp((step + 1) * step_ms / 1000)
       ORDER BY at LIMIT 1
     ) AS first
     ORDER BY wanted.metric, first.at`,
    [workspace, Object.keys(predicted), Object.values(predicted), now, stepsOfHistory],
  );
  const history: Record<string, Sample[]> = {};
  for (const { metric, at, value } of rows) (history[metric] ??= []).push({ at, value });
  return history;
}
