import type { Pool } from 'pg';
import type {
  DueSession,
  EarlierTask,
  ForecastStore,
  MeasuredTask,
  SessionAhead,
  SharedWork,
} from '../contracts/ports/forecast-store';
import type { MeasuredDurations } from '../domain/prediction/measured-durations';
import type { RunRecord } from '../domain/prediction/restore-state';
import type { AgentKey } from '../domain/agents/agent';
import { milliseconds } from './milliseconds';
import { acrossWorkspaces, inWorkspace } from './scope';

/** Attempts of a task, or of an agent, that are looked back at: older ones say less of how it is now. */
const lookedAt = 50;
/** Attempts in flight at shared agents, and runs that wait for them. */
const sharedLookedAt = 200;
/** Sessions of a plan whose conditions and lists are looked back at. */
const sessionsLookedAt = 20;

export function createForecastStore(pool: Pool): ForecastStore {
  return {
    due: async (limit) => {
      const { rows } = await acrossWorkspaces(pool, 'forecasts').query<DueSession>({
        name: 'forecasts-due',
        text: dueText,
        values: [limit],
      });
      return rows;
    },

    runs: async (workspace, session) => {
      const { rows } = await inWorkspace(pool, workspace).query<RunRecord>({
        name: 'forecast-runs',
        text: runsText,
        values: [workspace, session],
      });
      return rows;
    },

    measured: async (workspace, plan, tasks) => {
      const { rows } = await inWorkspace(pool, workspace).query<MeasuredRow>({
        name: 'measured-tasks',
        text: measuredText,
        values: [workspace, plan, tasks, lookedAt],
      });
      return rows.map(toMeasuredTask);
    },

    durationsOf: async (workspace, agent) => {
      const { rows } = await inWorkspace(pool, workspace).query<MeasuredDurations>({
        name: 'durations-of-agent',
        text: durationsOfAgentText,
        values: [workspace, agent.workspace, agent.name, lookedAt],
      });
      return rows[0] ?? { count: 0, logMean: 0, logSquares: 0 };
    },

    earlier: async (workspace, plan, tasks, except) => {
      if (tasks.length === 0) return [];
      const { rows } = await inWorkspace(pool, workspace).query<EarlierTask>({
        name: 'earlier-tasks',
        text: earlierText,
        values: [workspace, plan, tasks, except, sessionsLookedAt],
      });
      return rows;
    },

    places: async (workspace, session, agents) => {
      if (agents.length === 0) return [];
      const { rows } = await inWorkspace(pool, workspace).query<AgentKey & { places: number }>({
        name: 'places-left',
        text: placesText,
        values: [workspace, session, JSON.stringify(agents)],
      });
      return rows;
    },

    shared: async (workspace, agents) => {
      const values = [workspace, JSON.stringify(agents.map((agent, nth) => ({ ...agent, nth }))), sharedLookedAt];
      const scoped = inWorkspace(pool, workspace);
      const [running, waiting] = await Promise.all([
        scoped.query<SharedWork['running'][number]>({ name: 'running-at-agents', text: runningText, values }),
        scoped.query<SharedWork['waiting'][number]>({ name: 'waiting-for-agents', text: waitingText, values }),
      ]);
      return { running: running.rows, waiting: waiting.rows };
    },

    ahead: async (workspace, sessions, agents) => {
      const { rows } = await inWorkspace(pool, workspace).query<SessionAhead>({
        name: 'sessions-ahead',
        text: aheadText,
        values: [workspace, JSON.stringify(agents), sessions],
      });
      return rows;
    },

    put: async (forecasts) => {
      if (forecasts.length === 0) return;
      const rows = forecasts.map(({ remainingMs, at, ...forecast }) => ({
        ...forecast,
        at,
        p50: remainingMs && at + remainingMs.p50,
        p90: remainingMs && at + remainingMs.p90,
      }));
      await acrossWorkspaces(pool, 'forecasts').query({
        name: 'put-forecasts',
        text: putText,
        values: [JSON.stringify(rows)],
      });
    },
  };
}

// A large session is looked at less often, so that it leaves others their time. One that does not move is looked at again only
// once it takes longer than was said.
const dueText = `
  SELECT sessions.workspace, id, plan_name AS "planName", plan_hash AS "planHash", status, sessions.turn,
         ${milliseconds('started_at')} AS "startedAt", ${milliseconds('now()')} AS now
  FROM sessions LEFT JOIN session_forecasts AS forecast ON forecast.workspace = sessions.workspace AND forecast.session = id
  WHERE ended_at IS NULL AND started_at IS NOT NULL
    AND (forecast.at IS NULL
         OR ((forecast.turn <> sessions.turn OR forecast.p50_at < now())
             AND forecast.at < now() - greatest(interval '5 seconds', coalesce((progress ->> 'total')::int, 0) * interval '5 milliseconds')))
  ORDER BY forecast.at NULLS FIRST, sessions.workspace, id LIMIT $1`;

const runsText = `
  SELECT runs.run, runs.task, item, status, reason, runs.agent, lease.agent_workspace AS "agentWorkspace", runs.attempt,
         ${milliseconds('started_at')} AS "startedAt", ${milliseconds('ended_at')} AS "endedAt",
         ${milliseconds('lease.begun_at')} AS "begunAt", lease.cancelled_at IS NOT NULL AS "isStopping", lease.tries AS "mostTries",
         coalesce(failures.by, '{}') AS "failedBy", ${milliseconds('failures.at')} AS "failedAt", failures.retry_after_ms::float8 AS "retryAfterMs"
  FROM task_runs AS runs
  -- LIMIT has it looked up for each run: in a plain join each would be compared with each (pool.ts).
  LEFT JOIN LATERAL (
    SELECT agent_workspace, begun_at, cancelled_at, tries FROM leases
    WHERE leases.workspace = $1 AND leases.session = $2 AND leases.run = runs.run AND leases.attempt = runs.attempt LIMIT 1
  ) AS lease ON true
  LEFT JOIN LATERAL (
    SELECT array_agg(outcomes.agent ORDER BY outcomes.attempt) AS by, max(outcomes.ended_at) AS at,
           (array_agg(outcomes.retry_after_ms ORDER BY outcomes.attempt DESC))[1] AS retry_after_ms
    FROM outcomes
    WHERE runs.attempt > 0 AND runs.status IN ('queued', 'running', 'waiting') AND outcomes.workspace = $1 AND outcomes.session = $2
      AND outcomes.run = runs.run AND verdict NOT IN ('succeeded', 'cancelled')
  ) AS failures ON true
  WHERE runs.workspace = $1 AND runs.session = $2 ORDER BY position, item`;

const measuredText = `
  SELECT task, count(log) FILTER (WHERE succeeded)::int AS succeeded, count(log) FILTER (WHERE NOT succeeded)::int AS failed,
         avg(log) FILTER (WHERE succeeded) AS "succeededMean", var_pop(log) FILTER (WHERE succeeded) AS "succeededVariance",
         avg(log) FILTER (WHERE NOT succeeded) AS "failedMean", var_pop(log) FILTER (WHERE NOT succeeded) AS "failedVariance",
         coalesce(jsonb_agg(DISTINCT jsonb_build_object('workspace', agent_workspace, 'name', agent)) FILTER (WHERE agent_workspace IS NOT NULL), '[]') AS agents
  FROM unnest($3::text[]) AS task
  CROSS JOIN LATERAL (
    SELECT verdict = 'succeeded' AS succeeded, ln(greatest(duration_ms, 1)::float8) AS log, agent_workspace, agent FROM outcomes
    WHERE workspace = $1 AND plan_name = $2 AND outcomes.task = task.task
      AND tells_of_agent(verdict, lost)
    ORDER BY settled_at DESC LIMIT $4
  ) AS latest GROUP BY task`;

interface MeasuredRow {
  task: string;
  succeeded: number;
  failed: number;
  succeededMean: number | null;
  succeededVariance: number | null;
  failedMean: number | null;
  failedVariance: number | null;
  agents: AgentKey[];
}

function toMeasuredTask(row: MeasuredRow): MeasuredTask {
  const measured = (count: number, mean: number | null, variance: number | null): MeasuredDurations => ({
    count,
    logMean: mean ?? 0,
    logSquares: count * (variance ?? 0),
  });
  return {
    task: row.task,
    durations: measured(row.succeeded, row.succeededMean, row.succeededVariance),
    failures: measured(row.failed, row.failedMean, row.failedVariance),
    agents: row.agents,
  };
}

const durationsOfAgentText = `
  SELECT count(log)::int AS count, coalesce(avg(log), 0) AS "logMean", coalesce(var_pop(log) * count(log), 0) AS "logSquares"
  FROM (
    SELECT ln(greatest(duration_ms, 1)::float8) AS log FROM outcomes
    WHERE workspace = $1 AND agent_workspace = $2 AND agent = $3 AND verdict = 'succeeded'
    ORDER BY ended_at DESC LIMIT $4
  ) AS latest`;

const earlierText = `
  SELECT runs.task, count(*) FILTER (WHERE reason = 'condition')::int AS failed,
         count(*) FILTER (WHERE reason IS DISTINCT FROM 'condition' AND (runs.started_at IS NOT NULL OR items IS NOT NULL))::int AS held,
         coalesce(array_agg(items) FILTER (WHERE items IS NOT NULL), '{}') AS items
  FROM (
    SELECT id FROM sessions WHERE workspace = $1 AND plan_name = $2 AND id <> $4 ORDER BY created_at DESC LIMIT $5
  ) AS earlier
  JOIN task_runs AS runs ON runs.workspace = $1 AND runs.session = earlier.id AND runs.run = ANY ($3)
  GROUP BY runs.task`;

const placesText = `
  SELECT room.workspace, room.agent AS name, greatest(0, max_concurrent - running + own)::int AS places
  FROM jsonb_to_recordset($3) AS x (workspace text, name text)
  JOIN agent_room AS room ON room.workspace = x.workspace AND room.agent = x.name
  CROSS JOIN LATERAL (
    SELECT count(*) AS own FROM leases
    WHERE leases.workspace = $1 AND session = $2 AND released_at IS NULL AND agent_workspace = x.workspace AND leases.agent = x.name
  ) AS own`;

const runningText = `
  SELECT session, x.nth AS agent, ${milliseconds('begun_at')} AS "begunAt"
  FROM leases JOIN jsonb_to_recordset($2) AS x (nth int, workspace text, name text) ON agent_workspace = x.workspace AND leases.agent = x.name
  WHERE leases.workspace = $1 AND released_at IS NULL AND agent_workspace IS NOT NULL
  ORDER BY created_at, session, run LIMIT $3`;

// By capability or name alone, which is what most ask for: whoever asks for more may wait for fewer agents than this says.
const waitingText = `
  WITH wanted AS MATERIALIZED (
    SELECT x.nth, x.workspace, x.name, definition -> 'capabilities' AS capabilities
    FROM jsonb_to_recordset($2) AS x (nth int, workspace text, name text) JOIN agents ON agents.workspace = x.workspace AND agents.name = x.name
  )
  SELECT session, run, found.agents, ${milliseconds('since')} AS since
  FROM waiting_line AS line CROSS JOIN LATERAL (
    SELECT array_agg(nth ORDER BY nth) AS agents FROM wanted
    WHERE CASE WHEN requirement ? 'names'
               THEN requirement -> 'names' ?| ARRAY[CASE WHEN wanted.workspace = $1 THEN wanted.name END, wanted.workspace || '/' || wanted.name]
               ELSE capabilities @> jsonb_build_array(jsonb_build_object('name', requirement ->> 'capability')) END
  ) AS found
  WHERE line.workspace = $1 AND token IS NULL AND found.agents IS NOT NULL
  ORDER BY line.since, session, run LIMIT $3`;

const aheadText = `
  SELECT session, open, coalesce(own / nullif(started, 0)::float8, 1) AS share
  FROM unnest($3::text[]) AS session
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS open FROM task_runs WHERE workspace = $1 AND task_runs.session = session.session AND status IN ('pending', 'queued')
  ) AS runs
  CROSS JOIN LATERAL (
    SELECT count(*) AS started, count(x.name) AS own
    FROM leases LEFT JOIN jsonb_to_recordset($2) AS x (workspace text, name text) ON agent_workspace = x.workspace AND leases.agent = x.name
    WHERE leases.workspace = $1 AND leases.session = session.session
  ) AS attempts`;

const putText = `
  INSERT INTO session_forecasts AS known (workspace, session, at, turn, p50_at, p90_at, reason)
  SELECT workspace, session, to_timestamp(at / 1000), turn, to_timestamp(p50 / 1000), to_timestamp(p90 / 1000), reason
  FROM jsonb_to_recordset($1) AS x (workspace text, session text, at float8, turn int, p50 float8, p90 float8, reason text)
  ON CONFLICT (workspace, session) DO UPDATE SET at = excluded.at, turn = excluded.turn, p50_at = excluded.p50_at, p90_at = excluded.p90_at,
    reason = excluded.reason
  WHERE known.at <= excluded.at`;
