import type { Pool } from 'pg';
import type { ExampleQuery, ExampleReader, Examples, AttemptExample } from '../contracts/ports/example-reader';
import { leastSimilarity, similarityOf } from '../domain/prediction/similarity';
import type { ComparedTask } from '../domain/prediction/similarity';
import { databaseText } from './database-text';
import { nearTasks } from './known-tasks';
import { milliseconds } from './milliseconds';
import { inWorkspace } from './scope';

/** Of the tasks that are most alike, and of each of them the latest attempts. */
const tasksLookedAt = 20;
const attemptsLookedAt = 10;

/** Fewer sizes of inputs say nothing of what is large. */
const fewestSizes = 5;

export function createExampleReader(pool: Pool): ExampleReader {
  return {
    examples: async (workspace, query, limit) => {
      const asked = { ...query, text: databaseText(query.text) };
      const { rows: near } = await inWorkspace(pool, workspace).query<NearTask>(nearTasks(workspace, asked));
      const alike = near
        .map((task) => ({ ...task, similarity: similarityOf(asked, task) }))
        .filter(({ similarity }) => similarity >= leastSimilarity)
        .sort((left, right) => right.similarity - left.similarity)
        .slice(0, tasksLookedAt);
      if (alike.length === 0) return { attempts: [], inputs: null };
      const { rows } = await inWorkspace(pool, workspace).query<AttemptRow>({
        name: 'attempts-at-tasks',
        text: attemptsText,
        values: [
          workspace,
          alike.map(({ planName }) => planName),
          alike.map(({ task }) => task),
          query.session ?? '',
          query.before ?? null,
          attemptsLookedAt,
        ],
      });
      const attempts = rows.map((row) => exampleOf(asked, alike[row.nth - 1] as NearTask, row));
      return {
        attempts: [...attempts]
          .sort((left, right) => right.similarity - left.similarity || right.endedAt - left.endedAt)
          .slice(0, limit),
        inputs: inputsOf(rows[0]?.ownBytes ?? null, attempts, asked),
      };
    },
  };
}

interface NearTask extends ComparedTask {
  planName: string;
  task: string;
}

interface AttemptRow extends Omit<AttemptExample, 'agent' | 'plan' | 'taskType' | 'similarity'> {
  /** From 1: the place of its task in the list that was asked with. */
  nth: number;
  agent: string;
  agentWorkspace: string | null;
  /** Of the session that is asked about. */
  ownBytes: number | null;
}

function exampleOf(
  asked: ExampleQuery,
  task: NearTask,
  { nth: _, agent, agentWorkspace, ownBytes, ...row }: AttemptRow,
): AttemptExample {
  const sizes = ownBytes === null || row.inputBytes === null ? undefined : ([ownBytes, row.inputBytes] as const);
  return {
    ...row,
    agent: { ...(agentWorkspace !== null && { workspace: agentWorkspace }), name: agent },
    plan: task.planName,
    taskType: task.taskType,
    similarity: Number(similarityOf(asked, task, sizes).toFixed(3)),
  };
}

function inputsOf(
  bytes: number | null,
  attempts: readonly AttemptExample[],
  { taskType }: ExampleQuery,
): Examples['inputs'] {
  const sizes = new Map(
    attempts.flatMap((one) =>
      one.taskType === taskType && one.inputBytes !== null ? [[one.session, one.inputBytes]] : [],
    ),
  );
  if (bytes === null || sizes.size < fewestSizes) return null;
  return { bytes, largestBytes: Math.max(...sizes.values()), sessions: sizes.size };
}

const attemptsText = `
  WITH own AS MATERIALIZED (
    SELECT size_bytes::float8 AS bytes FROM sessions JOIN artifacts ON artifacts.workspace = $1 AND hash = inputs_hash
    WHERE sessions.workspace = $1 AND sessions.id = $4
  )
  SELECT wanted.nth::int AS nth, latest.*, inputs.size_bytes::float8 AS "inputBytes", (SELECT bytes FROM own) AS "ownBytes"
  FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS wanted (plan_name, task, nth)
  CROSS JOIN LATERAL (
    SELECT session, run, attempt, agent, agent_workspace AS "agentWorkspace", verdict, left(error, 300) AS error,
           duration_ms::float8 AS "durationMs", cost_usd::float8 AS "costUsd", ${milliseconds('ended_at')} AS "endedAt"
    FROM outcomes
    WHERE workspace = $1 AND outcomes.plan_name = wanted.plan_name AND outcomes.task = wanted.task
      AND tells_of_agent(verdict, lost)
      AND session <> $4 AND ($5::float8 IS NULL OR settled_at < to_timestamp($5 / 1000))
    ORDER BY settled_at DESC LIMIT $6
  ) AS latest
  LEFT JOIN sessions ON sessions.workspace = $1 AND sessions.id = latest.session
  LEFT JOIN artifacts AS inputs ON inputs.workspace = $1 AND inputs.hash = sessions.inputs_hash`;
