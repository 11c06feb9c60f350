import type { z } from 'zod';
import type { SessionHandle } from '../../client/session-handle';
import {
  cancelRequest,
  editPreview,
  editedPlan,
  emptyRequest,
  pauseRequest,
  requestReply,
  retryRequest,
  sessionPath,
  sessionPlan,
} from '../../contracts/schemas/api/session';
import type { RequestReply } from '../../contracts/protocol/session';
import { writePlanFile } from '../../contracts/schemas/write-plan-file';
import { OrchestraError } from '../../domain/errors';
import type { ErrorCode } from '../../domain/errors';
import { requireMatch } from '../../domain/if-match';
import type { IfMatch } from '../../domain/if-match';
import type { Gateway } from '../gateway';
import { needsOf, requirePlanSource } from '../read-plan-source';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';
import { existing, planLimitBytes, startable } from './sessions';

const tag = 'Sessions';
const planOfSession = 'The plan of the session';

/** What a session is told to do. */
export function sessionControlRoutes(gateway: Gateway): AnyRoute[] {
  const command = <Body extends z.ZodType>(
    verb: string,
    summary: string,
    body: Body,
    tell: (session: SessionHandle, body: z.output<Body>, options: { requestId?: string }) => Promise<RequestReply>,
    find: typeof startable = existing,
    also: readonly ErrorCode[] = [],
  ): AnyRoute =>
    defineRoute({
      method: 'POST',
      url: `/v1/sessions/{session}/${verb}`,
      tag,
      summary,
      path: sessionPath,
      body,
      answer: requestReply,
      errors: ['SESSION_NOT_FOUND', ...also, 'COMMAND_REFUSED'],
      handle: async ({ path, body: said, principal, requestId }) => {
        const session = await find(gateway.clientOf(principal.workspace), path.session, principal);
        const { status } = await tell(session, said, requestId === undefined ? {} : { requestId });
        return { body: { id: session.id, status } };
      },
    });
  return [
    command('pause', 'Start nothing new until it is resumed.', pauseRequest, (session, { now }, options) =>
      session.pause({ ...options, now }),
    ),
    command('resume', 'Go on.', emptyRequest, (session, _, options) => session.resume(options), startable),
    command('cancel', 'Stop its agents, and keep its results.', cancelRequest, (session, said, options) =>
      session.cancel({ ...options, ...said }),
    ),
    command(
      'retry',
      'Give failed and cancelled tasks another chance.',
      retryRequest,
      (session, said, options) => session.retry({ ...options, ...said }),
      startable,
      ['TASK_NOT_FOUND'],
    ),
    defineRoute({
      method: 'GET',
      url: '/v1/sessions/{session}/plan',
      tag,
      summary: 'Show the present plan of a session; its ETag is needed to edit it.',
      path: sessionPath,
      answer: sessionPlan,
      errors: ['SESSION_NOT_FOUND'],
      handle: async ({ path, principal }) => {
        const { plan, hash } = await gateway.clientOf(principal.workspace).handle(path.session).plan();
        return { body: { hash, plan: writePlanFile(plan) }, etag: hash };
      },
    }),
    defineRoute({
      method: 'PUT',
      url: '/v1/sessions/{session}/plan',
      tag,
      summary: 'Go on with an edited plan: tasks that have not begun may be added, removed and changed.',
      path: sessionPath,
      body: editedPlan,
      answer: requestReply,
      errors: ['SESSION_NOT_FOUND', 'COMMAND_REFUSED', 'PLAN_INVALID', 'PRECONDITION_REQUIRED', 'PRECONDITION_FAILED'],
      bodyLimitBytes: planLimitBytes,
      handle: async ({ path, body, principal, ifMatch }) => {
        const session = await existing(gateway.clientOf(principal.workspace), path.session);
        const { hash: from } = await session.plan();
        requireVersion(ifMatch, from);
        const { plan, hash, needs } = await requirePlanSource(body, principal);
        const documents = gateway.documentsOf(plan);
        const edit = { plan, hash, documents, needs: needsOf({ needs }, body), from, by: principal.subject };
        const { status } = await session.edit(edit);
        return { body: { id: session.id, status } };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/sessions/{session}/plan/preview',
      tag,
      summary: 'What an edited plan would change, and why the session would refuse it as it is now; nothing is done.',
      path: sessionPath,
      body: editedPlan,
      answer: editPreview,
      errors: ['SESSION_NOT_FOUND', 'PLAN_INVALID', 'PRECONDITION_FAILED'],
      bodyLimitBytes: planLimitBytes,
      changesNothing: true,
      handle: async ({ path, body, principal, ifMatch }) => {
        const session = gateway.clientOf(principal.workspace).handle(path.session);
        const before = await session.plan();
        requireMatch(ifMatch, before.hash, planOfSession);
        const { plan, hash } = await requirePlanSource(body, principal);
        const preview = await session.previewEdit(before.plan, plan);
        return { body: { id: session.id, from: before.hash, to: hash, ...preview } };
      },
    }),
  ];
}

function requireVersion(ifMatch: IfMatch, present: string): void {
  if (ifMatch === undefined) {
    throw new OrchestraError(
      'PRECONDITION_REQUIRED',
      'Say which plan you edited: send the ETag of GET …/plan as If-Match.',
    );
  }
  requireMatch(ifMatch, present, planOfSession);
}
