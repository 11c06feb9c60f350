import { z } from 'zod';
import type { SessionHandle } from '../../client/session-handle';
import type { PlacedRun, RunOverview } from '../../contracts/ports/session-catalog';
import { isoTime } from '../../contracts/schemas/api/common';
import { cancelRequest, emptyRequest, requestReply, sessionPath } from '../../contracts/schemas/api/session';
import type { task as taskSchema } from '../../contracts/schemas/api/task';
import {
  explanation,
  feedback,
  noted,
  taskList,
  taskPath,
  taskQuery,
  taskWithOutput,
} from '../../contracts/schemas/api/task';
import { taskNotFound } from '../../domain/session/task-not-found';
import { splitRunKey, wholeTask } from '../../domain/session/run-key';
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { presentOutcome } from '../present/outcome';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';
import { existing, startable } from './sessions';

const tag = 'Tasks';
const inOrder = new PagedList('tasks', z.tuple([part.whole, part.whole]), ({ position, item }: PlacedRun) => [
  position,
  item,
]);

/** Tasks of a session, and the items of its fan-outs. */
export function taskRoutes(gateway: Gateway): AnyRoute[] {
  const { clientOf } = gateway;
  return [
    defineRoute({
      method: 'GET',
      url: '/v1/sessions/{session}/tasks',
      tag,
      summary: 'List the tasks of a session, in the order of its plan.',
      path: sessionPath,
      query: taskQuery,
      answer: taskList,
      errors: ['SESSION_NOT_FOUND'],
      handle: async ({ path, query, principal }) => {
        const session = await existing(clientOf(principal.workspace), path.session);
        const { rows, next } = await inOrder.page(query, (page) => session.runs(page));
        return { body: { tasks: rows.map(presentTask), next } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/sessions/{session}/tasks/{run}',
      tag,
      summary: 'Show a task, with its output.',
      path: taskPath,
      answer: taskWithOutput,
      errors: ['SESSION_NOT_FOUND', 'TASK_NOT_FOUND'],
      handle: async ({ path, principal }) => {
        const session = await existing(clientOf(principal.workspace), path.session);
        const run = runOf(session.id, await session.runs(), path.run);
        const output = (await session.outputs(path.run)).get(path.run) ?? null;
        return { body: { ...presentTask(run), output } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/sessions/{session}/tasks/{run}/explanation',
      tag,
      summary: 'Why the attempts of a task went to their agents.',
      path: taskPath,
      answer: explanation,
      errors: ['SESSION_NOT_FOUND', 'TASK_NOT_FOUND'],
      handle: async ({ path, principal: { workspace } }) => {
        const session = await existing(clientOf(workspace), path.session);
        return { body: await explain(gateway, workspace, session, path.run) };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/sessions/{session}/tasks/{run}/feedback',
      tag,
      summary: 'Say how good the result of a task was: it corrects what was learnt.',
      path: taskPath,
      body: feedback,
      answer: noted,
      errors: ['SESSION_NOT_FOUND', 'ATTEMPT_NOT_FOUND', 'INPUT_INVALID'],
      handle: async ({ path, body: { attempt, ...said }, principal, seed }) => {
        const client = clientOf(principal.workspace);
        const session = await existing(client, path.session);
        const about = { session: session.id, run: path.run, ...(attempt !== undefined && { attempt }) };
        return { body: await client.learning.feedback(about, said, seed) };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/sessions/{session}/tasks/{run}/cancel',
      tag,
      summary:
        'Stop a task while its session goes on; who needs it is skipped. Of a fan-out or a race, all that has not ended.',
      path: taskPath,
      body: cancelRequest,
      answer: requestReply,
      errors: ['SESSION_NOT_FOUND', 'TASK_NOT_FOUND', 'COMMAND_REFUSED'],
      handle: async ({ path, body, principal, requestId }) => {
        const session = await existing(clientOf(principal.workspace), path.session);
        const { status } = await session.cancelTask(path.run, {
          ...body,
          ...(requestId !== undefined && { requestId }),
        });
        return { body: { id: session.id, status } };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/sessions/{session}/tasks/{run}/retry',
      tag,
      summary: 'Give a task that failed or was cancelled another chance.',
      path: taskPath,
      body: emptyRequest,
      answer: requestReply,
      errors: ['SESSION_NOT_FOUND', 'TASK_NOT_FOUND', 'COMMAND_REFUSED'],
      handle: async ({ path, principal, requestId }) => {
        const session = await startable(clientOf(principal.workspace), path.session, principal);
        const { status } = await session.retry({ task: path.run, ...(requestId !== undefined && { requestId }) });
        return { body: { id: session.id, status } };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/sessions/{session}/tasks/{run}/resolve-conflict',
      tag,
      summary: 'Let a task that waits for resources go ahead once, in spite of those who have them.',
      path: taskPath,
      body: emptyRequest,
      answer: requestReply,
      errors: ['SESSION_NOT_FOUND', 'TASK_NOT_FOUND', 'COMMAND_REFUSED'],
      handle: async ({ path, principal, requestId }) => {
        const session = await startable(clientOf(principal.workspace), path.session, principal);
        const { status } = await session.resolveConflict(path.run, requestId === undefined ? {} : { requestId });
        return { body: { id: session.id, status } };
      },
    }),
  ];
}

export function presentTask(run: RunOverview): z.input<typeof taskSchema> {
  const { task, status, reason, agent, attempts, items, waitsFor, error } = run;
  return {
    run: run.run,
    task,
    status,
    reason,
    agent,
    attempts,
    items,
    queuedAt: isoTime(run.queuedAt),
    startedAt: isoTime(run.startedAt),
    endedAt: isoTime(run.endedAt),
    progress: { percent: run.progressPercent, message: run.progressMessage },
    waitsFor,
    error,
  };
}

/** Why the attempts of a run went to their agents. Throws TASK_NOT_FOUND. */
export async function explain(
  { routing }: Pick<Gateway, 'routing'>,
  workspace: string,
  session: SessionHandle,
  key: string,
): Promise<z.input<typeof explanation>> {
  const { run, status, waitsFor } = runOf(session.id, await session.runs(), key);
  const { name, item } = splitRunKey(run);
  const all = await routing.assignments(workspace, session.id, name);
  const found = item === wholeTask ? all : all.filter((one) => one.run === run);
  const assignments = found.map(({ at, assignment, ...one }) => ({
    ...one,
    at: isoTime(at),
    assignment: { ...assignment },
  }));
  const outcomes = await routing.outcomes(workspace, session.id, name);
  const attempts = outcomes.filter((one) => item === wholeTask || one.run === run).map(presentOutcome);
  return { run, status, waitsFor, assignments, attempts };
}

/** Throws TASK_NOT_FOUND. */
export function runOf(session: string, runs: readonly RunOverview[], name: string): RunOverview {
  const found = runs.find(({ run }) => run === name);
  if (found) return found;
  throw taskNotFound(session, name, new Set(runs.map(({ task }) => task)));
}
