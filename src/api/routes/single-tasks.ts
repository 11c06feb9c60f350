import type { z } from 'zod';
import type { SessionHandle } from '../../client/session-handle';
import type { RunOverview, SessionOverview } from '../../contracts/ports/session-catalog';
import { isoTime } from '../../contracts/schemas/api/common';
import { cancelRequest } from '../../contracts/schemas/api/session';
import { newTask, singleTask, singleTaskPath, taskOutcome } from '../../contracts/schemas/api/single-task';
import { explanation } from '../../contracts/schemas/api/task';
import { OrchestraError } from '../../domain/errors';
import { isSingleTask, singleTaskName } from '../../domain/plan/single-task';
import type { Gateway } from '../gateway';
import { sessionUrl } from '../present/session';
import { readSingleTask } from '../read-single-task';
import { requireLeave } from '../require-leave';
import { presentOutcome } from '../present/outcome';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';
import { explain, presentTask, runOf } from './tasks';

const tag = 'Tasks';

/** Tasks that are submitted by themselves: each is a session of a plan of one task, and has its id. */
export function singleTaskRoutes(gateway: Gateway): AnyRoute[] {
  const find = async (workspace: string, id: string): Promise<FoundTask> => {
    const session = gateway.clientOf(workspace).handle(id);
    return found(session, await session.overview().catch(askedAsTask(id)));
  };
  return [
    defineRoute({
      method: 'POST',
      url: '/v1/tasks',
      tag,
      summary: 'Have one task done: by a session of its own, of a plan that is made of the request.',
      body: newTask,
      answer: singleTask,
      statuses: [202],
      errors: ['PLAN_INVALID', 'INPUT_INVALID', 'COMMAND_REFUSED'],
      handle: async ({ body, principal, requestId }) => {
        const { reading, inputs } = await readSingleTask(body);
        const { plan, hash, needs } = reading;
        requireLeave(plan, principal, () => []);
        const id = body.id ?? (requestId === undefined ? undefined : `${plan.name}-${requestId}`);
        const session = await gateway.clientOf(principal.workspace).start({
          plan,
          hash,
          documents: gateway.documentsOf(plan),
          baseDirectory: gateway.baseDirectory,
          inputs,
          needs: needs.map(({ choice }) => ({ place: 'agent', choice, path: ['agent'] })),
          ...(id !== undefined && { id }),
        });
        const overview = await session.overview();
        if (overview.firstPlanHash !== hash) {
          throw new OrchestraError(
            'COMMAND_REFUSED',
            `The id "${overview.id}" belongs to another task or session. Choose another id.`,
          );
        }
        return { body: present(await found(session, overview)), location: taskUrl(overview.id) };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/tasks/{task}',
      tag,
      summary: 'Show a task that was submitted by itself.',
      path: singleTaskPath,
      answer: singleTask,
      errors: ['TASK_NOT_FOUND'],
      handle: async ({ path, principal }) => ({ body: present(await find(principal.workspace, path.task)) }),
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/tasks/{task}/outcome',
      tag,
      summary: 'Show what a task came to, attempt by attempt: 200 once it has ended, 202 before that.',
      path: singleTaskPath,
      answer: taskOutcome,
      statuses: [200, 202],
      errors: ['TASK_NOT_FOUND'],
      handle: async ({ path, principal: { workspace } }) => {
        const { session, overview, run } = await find(workspace, path.task);
        const [outputs, attempts] = await Promise.all([
          session.outputs(singleTaskName),
          gateway.routing.outcomes(workspace, session.id, singleTaskName),
        ]);
        const body = {
          id: session.id,
          status: run.status,
          output: outputs.get(singleTaskName) ?? null,
          error: run.error,
          attempts: attempts.map(presentOutcome),
        };
        return { body, status: overview.endedAt === null ? 202 : 200 };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/tasks/{task}/explanation',
      tag,
      summary: 'Why its attempts went to their agents.',
      path: singleTaskPath,
      answer: explanation,
      errors: ['TASK_NOT_FOUND'],
      handle: async ({ path, principal: { workspace } }) => {
        const { session } = await find(workspace, path.task);
        return { body: await explain(gateway, workspace, session, singleTaskName) };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/tasks/{task}/cancel',
      tag,
      summary: 'Stop its agent; it will not be tried again.',
      path: singleTaskPath,
      body: cancelRequest,
      answer: singleTask,
      errors: ['TASK_NOT_FOUND', 'COMMAND_REFUSED'],
      handle: async ({ path, body, principal, requestId }) => {
        const { session } = await find(principal.workspace, path.task);
        await session.cancel({ ...body, ...(requestId !== undefined && { requestId }) });
        return { body: present(await find(principal.workspace, path.task)) };
      },
    }),
  ];
}

interface FoundTask {
  session: SessionHandle;
  overview: SessionOverview;
  run: RunOverview;
  type: string;
}

/** Who asks for a task hears of tasks. */
function askedAsTask(id: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof OrchestraError && error.code === 'SESSION_NOT_FOUND')) throw error;
    throw new OrchestraError(
      'TASK_NOT_FOUND',
      `There is no task "${id}". GET /v1/sessions lists them, too: the id of a task is that of its session.`,
    );
  };
}

/** Throws TASK_NOT_FOUND for a session of another kind of plan. */
async function found(session: SessionHandle, overview: SessionOverview): Promise<FoundTask> {
  const { plan } = await session.plan();
  if (!isSingleTask(plan)) {
    throw new OrchestraError(
      'TASK_NOT_FOUND',
      `"${session.id}" is a session of a plan, not a task that was submitted by itself. GET ${sessionUrl(session.id)}/tasks lists its tasks.`,
    );
  }
  const run = runOf(session.id, await session.runs(), singleTaskName);
  return { session, overview, run, type: plan.name };
}

function present({ overview, run, type }: FoundTask): z.input<typeof singleTask> {
  const { run: _, task: __, items: ___, ...shown } = presentTask(run);
  const self = taskUrl(overview.id);
  return {
    id: overview.id,
    type,
    ...shown,
    session: { id: overview.id, status: overview.status },
    createdAt: isoTime(overview.createdAt),
    links: {
      self,
      outcome: `${self}/outcome`,
      explanation: `${self}/explanation`,
      session: sessionUrl(overview.id),
      events: `${sessionUrl(overview.id)}/events`,
    },
  };
}

function taskUrl(id: string): string {
  return `/v1/tasks/${encodeURIComponent(id)}`;
}
