import { deflateSync, inflateSync } from 'node:zlib';
import type { Pool, QueryConfig } from 'pg';
import type { StoredAssignment } from '../contracts/ports/routing-reader';
import type { ExplainedAttempt } from '../contracts/ports/turn-store';
import { splitRunKey } from '../domain/session/run-key';
import { milliseconds } from './milliseconds';
import { inWorkspace } from './scope';

/** The statement that keeps why attempts of a session, assigned together, went to their agents. */
export function writeAssignments(
  workspace: string,
  session: string,
  assignments: readonly ExplainedAttempt[],
): QueryConfig {
  const tasks = [...new Set(assignments.map(({ run }) => splitRunKey(run).name))];
  return {
    name: 'write-assignments',
    text: 'INSERT INTO assignment_batches (workspace, session, tasks, content) VALUES ($1, $2, $3, $4)',
    values: [workspace, session, tasks, deflateSync(JSON.stringify(assignments), { level: 1 })],
  };
}

/** Those of a task and its items, oldest first; of an attempt that was assigned again, as after a reset, the last word. */
export async function readAssignments(
  pool: Pool,
  workspace: string,
  session: string,
  task: string,
): Promise<StoredAssignment[]> {
  const { rows } = await inWorkspace(pool, workspace).query<{ content: Buffer; at: number }>(
    `SELECT content, ${milliseconds('at')} AS at FROM assignment_batches
     WHERE workspace = $1 AND session = $2 AND $3 = ANY (tasks) ORDER BY batch`,
    [workspace, session, task],
  );
  const latest = new Map<string, StoredAssignment>();
  for (const { content, at } of rows) {
    for (const { run, attempt, assignment } of explainedIn(content)) {
      if (splitRunKey(run).name === task) latest.set(`${run}/${attempt}`, { run, attempt, at, assignment });
    }
  }
  return [...latest.values()].sort((left, right) => left.at - right.at || compareRuns(left, right));
}

/** Those of a period with their sessions, of the latest `limit` turns and grants. */
export async function readDecisions(
  pool: Pool,
  workspace: string,
  { from, to }: { from: number; to: number },
  limit: number,
): Promise<(ExplainedAttempt & { session: string })[]> {
  const { rows } = await inWorkspace(pool, workspace).query<{ session: string; content: Buffer }>(
    `SELECT session, content FROM assignment_batches
     WHERE workspace = $1 AND at > to_timestamp($2 / 1000.0) AND at <= to_timestamp($3 / 1000.0) ORDER BY at DESC LIMIT $4`,
    [workspace, from, to, limit],
  );
  return rows.flatMap(({ session, content }) => explainedIn(content).map((explained) => ({ session, ...explained })));
}

/** What was kept one by one, by earlier versions, is plain. */
export function explainedIn(content: Buffer): ExplainedAttempt[] {
  const isPlain = content[0] === '['.charCodeAt(0);
  return JSON.parse((isPlain ? content : inflateSync(content)).toString()) as ExplainedAttempt[];
}

function compareRuns(left: StoredAssignment, right: StoredAssignment): number {
  return splitRunKey(left.run).item - splitRunKey(right.run).item || left.attempt - right.attempt;
}
