import type { Pool } from 'pg';
import type { LogRow, PlacedRun, SessionCatalog, SessionOverview } from '../contracts/ports/session-catalog';
import { blockerOf } from '../domain/conflicts/conflict-line';
import { openQuestion, waitWords } from '../domain/conflicts/conflict-words';
import { jsonArtifact } from '../contracts/schemas/json-artifact';
import type { RequestReply } from '../contracts/protocol/session';
import { OrchestraError } from '../domain/errors';
import type { JsonObject } from '../domain/json';
import type { SessionState } from '../domain/session/state';
import type { CachingArtifactStore } from './artifacts';
import { milliseconds } from './milliseconds';
import { addSession } from './new-session';
import { presentForecast } from './present-forecast';
import type { StoredForecast } from './present-forecast';
import { readClaims } from './resource-claims';
import { inWorkspace } from './scope';

export interface SessionCatalogOptions {
  artifacts: CachingArtifactStore;
  /** Of the inputs of sessions. */
  retentionDays: number;
}

export function createSessionCatalog(pool: Pool, { artifacts, retentionDays }: SessionCatalogOptions): SessionCatalog {
  const withOutputs = async ({ outputsHash, forecast, ...row }: OverviewRow): Promise<SessionOverview> => ({
    ...row,
    forecast: presentForecast(forecast, row),
    outputs: outputsHash === null ? null : await readOutputs(row.workspace, outputsHash),
  });

  /** Null where they are past their retention. */
  const readOutputs = async (workspace: string, hash: string): Promise<JsonObject | null> => {
    try {
      return ((await artifacts.getJson(workspace, [hash])).get(hash) ?? null) as JsonObject | null;
    } catch (error) {
      if (error instanceof OrchestraError && error.code === 'ARTIFACT_NOT_FOUND') return null;
      throw error;
    }
  };

  /** What runs of the session wait for, by run; worked out anew, because it changes while they wait. */
  const waitsOf = async (workspace: string, id: string): Promise<Map<string, string>> => {
    const { holders, waiters } = await readClaims(inWorkspace(pool, workspace), workspace);
    const own = waiters.filter(({ session }) => session === id);
    return new Map(
      own.map((waiter) => [waiter.run, waitWords(blockerOf(waiter, holders, waiters), openQuestion(waiter))]),
    );
  };

  return {
    add: async (session) => {
      const inputs = jsonArtifact(session.inputs);
      const statement = addSession(session, { inputs, retentionDays });
      const { rowCount } = await inWorkspace(pool, session.workspace).query(statement);
      artifacts.keepAtHand(session.workspace, inputs);
      return rowCount === 1;
    },

    find: async (workspace, id) => {
      const { rows } = await inWorkspace(pool, workspace).query<OverviewRow>(
        `${selectOverview} WHERE workspace = $1 AND id = $2`,
        [workspace, id],
      );
      return rows[0] && withOutputs(rows[0]);
    },

    list: async (workspace, { limit, status, withChildren = false, after }) => {
      const { rows } = await inWorkspace(pool, workspace).query<OverviewRow>(
        `${selectOverview} WHERE workspace = $1 AND ($2::text IS NULL OR status = $2) AND ($3 OR parent_session IS NULL)
           AND ($5::text IS NULL OR EXISTS (
             SELECT FROM sessions AS last WHERE last.workspace = $1 AND last.id = $5
               AND (sessions.created_at < last.created_at OR (sessions.created_at = last.created_at AND sessions.id > last.id))))
         ORDER BY created_at DESC, id LIMIT $4`,
        [workspace, status ?? null, withChildren, limit, after ?? null],
      );
      return rows.map(({ outputsHash: _, forecast, ...row }) => ({
        ...row,
        forecast: presentForecast(forecast, row),
        outputs: null,
      }));
    },

    runs: async (workspace, id, { limit = null, after: [position, item] = [-1, -1] } = {}) => {
      // What belongs to a run is looked up for each: as a join, each would be compared with each (pool.ts).
      const { rows } = await inWorkspace(pool, workspace).query<PlacedRun>(
        `SELECT task_runs.run, task, position, item, task_runs.status, reason, task_runs.agent, task_runs.attempt AS attempts, items, is_race AS "isRace", error,
                ${milliseconds('queued_at')} AS "queuedAt", ${milliseconds('started_at')} AS "startedAt",
                ${milliseconds('task_runs.ended_at')} AS "endedAt",
                lease.progress_percent AS "progressPercent", lease.progress_message AS "progressMessage",
                coalesce((SELECT waits_for FROM waiting_line AS line WHERE line.workspace = $1 AND line.session = $2 AND line.run = task_runs.run),
                         (SELECT waits_for FROM budget_waits AS waits WHERE waits.workspace = $1 AND waits.session = $2 AND waits.run = task_runs.run)) AS "waitsFor"
         FROM task_runs LEFT JOIN LATERAL (
           SELECT progress_percent, progress_message FROM leases
           WHERE leases.workspace = $1 AND leases.session = $2 AND leases.run = task_runs.run AND leases.attempt = task_runs.attempt LIMIT 1
         ) AS lease ON true
         WHERE task_runs.workspace = $1 AND task_runs.session = $2 AND (position, item) > ($3::bigint, $4::bigint)
         ORDER BY position, item LIMIT $5`,
        [workspace, id, position, item, limit],
      );
      const isInConflict = rows.some(({ status, reason }) => status === 'waiting' && reason === 'conflict');
      const waits = isInConflict ? await waitsOf(workspace, id) : new Map<string, string>();
      return rows.map((row) => ({ ...row, waitsFor: waits.get(row.run) ?? row.waitsFor }));
    },

    outputs: async (workspace, id, run) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ run: string; outputHash: string }>(
        `SELECT run, output_hash AS "outputHash" FROM task_runs JOIN outcomes USING (workspace, session, run, attempt)
         WHERE workspace = $1 AND session = $2 AND status = 'succeeded' AND output_hash IS NOT NULL
           AND ($3::text IS NULL OR run = $3)`,
        [workspace, id, run ?? null],
      );
      const values = await artifacts.getJson(
        workspace,
        rows.map(({ outputHash }) => outputHash),
      );
      return new Map(rows.map(({ run, outputHash }) => [run, values.get(outputHash) ?? null]));
    },

    log: async (workspace, id, afterSeq, limit) => {
      const { rows } = await inWorkspace(pool, workspace).query<LogRow>({
        name: 'session-log',
        text: `SELECT seq, ${milliseconds('at')} AS at, type, log.run, log.attempt,
                      CASE WHEN outcomes.error IS NULL THEN data ELSE data || jsonb_build_object('error', outcomes.error) END AS data
               FROM session_events AS log
               LEFT JOIN outcomes ON log.type = 'attempt-ended' AND outcomes.workspace = log.workspace
                 AND outcomes.session = log.session AND outcomes.run = log.run AND outcomes.attempt = log.attempt
               WHERE log.workspace = $1 AND log.session = $2 AND seq > $3 AND NOT abandoned ORDER BY seq LIMIT $4`,
        values: [workspace, id, afterSeq, limit],
      });
      return rows;
    },

    answerTo: async (workspace, id, requestId) => {
      const { rows } = await inWorkspace(pool, workspace).query<{
        status: RequestReply['status'];
        refused: string | null;
      }>(
        `SELECT status, data ->> 'refused' AS refused FROM session_events
         JOIN sessions ON sessions.workspace = session_events.workspace AND sessions.id = session
         WHERE session_events.workspace = $1 AND session = $2 AND event_id = $3 AND NOT abandoned`,
        [workspace, id, requestId],
      );
      return rows[0] && { status: rows[0].status, ...(rows[0].refused !== null && { refused: rows[0].refused }) };
    },

    snapshot: async (workspace, id) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ turn: number; state: SessionState }>(
        `SELECT session_snapshots.turn, state FROM session_snapshots
         JOIN sessions ON sessions.workspace = session_snapshots.workspace AND sessions.id = session
           AND sessions.turn = session_snapshots.turn AND sessions.run_id = session_snapshots.run_id
         WHERE sessions.workspace = $1 AND sessions.id = $2 AND sessions.ended_at IS NOT NULL`,
        [workspace, id],
      );
      return rows[0];
    },
  };
}

type OverviewRow = Omit<SessionOverview, 'outputs' | 'forecast'> & {
  outputsHash: string | null;
  forecast: StoredForecast | null;
};

const selectOverview = `
  SELECT workspace, id, plan_name AS "planName", plan_hash AS "planHash", coalesce(first_plan_hash, plan_hash) AS "firstPlanHash", status, progress, settings, error,
         ${milliseconds('created_at')} AS "createdAt", ${milliseconds('started_at')} AS "startedAt",
         ${milliseconds('ended_at')} AS "endedAt", outputs_hash AS "outputsHash", parent_session AS "parentSession",
         ended_at IS NOT NULL AND run_id IS NULL AS "isAbandoned", turn,
         (SELECT jsonb_build_object('turn', known.turn, 'at', ${milliseconds('at')}, 'p50', ${milliseconds('p50_at')}, 'p90', ${milliseconds('p90_at')}, 'reason', reason)
          FROM session_forecasts AS known WHERE known.workspace = sessions.workspace AND known.session = id AND ended_at IS NULL) AS forecast
  FROM sessions`;
