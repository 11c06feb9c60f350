import type { Pool } from 'pg';
import { learn } from '../domain/learning/cells';
import type { Cell } from '../domain/learning/cells';
import { lessonOf } from '../domain/learning/lesson';
import type { LearningQuery } from '../domain/learning/learnings';
import { attemptColumns, attemptOf, withPlanAndFeedback } from './learning';
import type { AttemptRow } from './learning';
import { inWorkspace } from './scope';

/** Of the workspace, the latest, whatever they are of: so that an answer takes some tens of milliseconds. */
const attemptsLookedAt = 20_000;

/**
 * What is known of agents in tasks of a complexity, one cell an agent. Few ask for it, and records of every complexity would be many: it is learnt anew from
 * the latest attempts.
 */
export async function cellsOfComplexity(
  pool: Pool,
  workspace: string,
  { agent, capability, taskType, complexity, technologies }: LearningQuery,
): Promise<Cell[]> {
  const { rows } = await inWorkspace(pool, workspace).query<AttemptRow>({
    name: 'attempts-of-complexity',
    text: latestText,
    values: [
      ...[workspace, attemptsLookedAt, complexity, capability ?? null, taskType ?? null],
      ...[agent?.workspace ?? null, agent?.name ?? null, technologies],
    ],
  });
  const cells = new Map<string, Cell>();
  // Of all that was asked for: its parts are not told apart.
  const lessons = rows.map((row) => {
    const { capability: _, ...lesson } = lessonOf(attemptOf(row), undefined);
    return lesson;
  });
  learn(cells, lessons, { anew: false });
  return [...cells.values()].filter((cell) => cell.taskType === '');
}

const latestText = `
  WITH latest AS (
    SELECT workspace, session, run, attempt FROM (
      SELECT * FROM outcomes WHERE workspace = $1 AND settled_at > now() - interval '90 days' ORDER BY settled_at DESC LIMIT $2
    ) AS own
    WHERE tells_of_agent(verdict, lost) AND task_kind ->> 'complexity' = $3
      AND ($4::text IS NULL OR task_kind ->> 'capability' = $4) AND ($5::text IS NULL OR task_kind ->> 'taskType' = $5)
      AND agent_workspace IS NOT NULL AND ($6::text IS NULL OR (agent_workspace = $6 AND agent = $7))
      AND (cardinality($8::text[]) = 0 OR EXISTS (
        SELECT FROM agents WHERE agents.workspace = agent_workspace AND agents.name = agent
          AND ARRAY(SELECT x #>> '{}' FROM jsonb_path_query(definition, '$.capabilities[*].technologies[*]') AS x) @> $8
      ))
      AND NOT EXISTS (
        SELECT FROM learning_resets AS reset
        WHERE (reset.workspace, reset.agent_workspace, reset.agent) = ($1, own.agent_workspace, own.agent) AND reset.at >= own.ended_at
      )
  )
  SELECT outcomes.workspace, outcomes.agent_workspace, outcomes.agent, ${attemptColumns}
  FROM latest JOIN outcomes USING (workspace, session, run, attempt) ${withPlanAndFeedback}`;
