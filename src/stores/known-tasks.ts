import type { PoolClient, QueryConfig } from 'pg';
import type { KnownTask } from '../contracts/ports/learning-store';
import { databaseJson } from './database-text';

/** Keeps what the tasks are; those that are known as they are cost no write. */
export async function storeKnownTasks(client: PoolClient, tasks: readonly KnownTask[]): Promise<void> {
  if (tasks.length > 0)
    await client.query({ name: 'store-known-tasks', text: storeText, values: [databaseJson(tasks)] });
}

const storeText = `
  INSERT INTO known_tasks AS known (workspace, plan_name, task, capability, task_type, technologies, words)
  SELECT workspace, "planName", task, capability, "taskType", technologies, to_tsvector('english', text)
  FROM jsonb_to_recordset($1) AS x (workspace text, "planName" text, task text, capability text, "taskType" text, technologies text[], text text)
  ON CONFLICT (workspace, plan_name, task) DO UPDATE SET
    capability = excluded.capability, task_type = excluded.task_type, technologies = excluded.technologies, words = excluded.words, changed_at = now()
  WHERE (known.capability, known.task_type, known.technologies, known.words)
        IS DISTINCT FROM (excluded.capability, excluded.task_type, excluded.technologies, excluded.words)`;

/** Of each kind: those of the type, those of the capability, and the latest of all. */
const tasksLookedAt = 100;

/** Tasks that may be like the asked one, with the share of the words of both that both have. */
export function nearTasks(
  workspace: string,
  asked: { taskType: string; capability: string; text: string },
): QueryConfig {
  return {
    name: 'near-tasks',
    text: nearText,
    values: [workspace, asked.taskType, asked.capability, asked.text, tasksLookedAt],
  };
}

// Each list is read by its key in order: the cost does not grow with what others know, nor with all that is known. OFFSET 0: what is shared is worked out
// once a task, and not wherever it is named.
const nearText = `
  WITH asked AS MATERIALIZED (SELECT tsvector_to_array(to_tsvector('english', $4)) AS lexemes),
  near AS (
    SELECT DISTINCT ON (plan_name, task) * FROM (
      (SELECT * FROM known_tasks WHERE workspace = $1 AND task_type = $2 ORDER BY changed_at DESC LIMIT $5)
      UNION ALL (SELECT * FROM known_tasks WHERE workspace = $1 AND capability = $3 AND $3 <> '' ORDER BY changed_at DESC LIMIT $5)
      UNION ALL (SELECT * FROM known_tasks WHERE workspace = $1 ORDER BY changed_at DESC LIMIT $5)
    ) AS listed
  )
  SELECT plan_name AS "planName", task, capability, task_type AS "taskType", technologies,
         coalesce(shared / nullif(length(words) + cardinality(lexemes) - shared, 0)::float8, 0) AS "sharedWords"
  FROM near CROSS JOIN asked
  CROSS JOIN LATERAL (SELECT length(words) - length(ts_delete(words, lexemes)) AS shared OFFSET 0) AS common`;
