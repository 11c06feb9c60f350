import { z } from 'zod';
import type { OrchestraClient } from '../../client/orchestra-client';
import type { SessionHandle } from '../../client/session-handle';
import type { SessionOverview } from '../../contracts/ports/session-catalog';
import { isoTime } from '../../contracts/schemas/api/common';
import {
  logPage,
  logQuery,
  newSession,
  session as sessionSchema,
  sessionPage,
  sessionPath,
  sessionQuery,
} from '../../contracts/schemas/api/session';
import type { Principal } from '../../domain/access/roles';
import { OrchestraError } from '../../domain/errors';
import { planLimits } from '../../domain/plan/limits';
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { presentSession, sessionUrl } from '../present/session';
import { needsOf, requirePlanSource } from '../read-plan-source';
import { requireScopeOf } from '../require-leave';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Sessions';
const list = new PagedList('sessions', z.tuple([part.text]), ({ id }: SessionOverview) => [id]);

/** A plan file, escaped as JSON, and inputs. */
export const planLimitBytes = planLimits.fileBytes + 2 * 1024 * 1024;

export function sessionRoutes(gateway: Gateway): AnyRoute[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/v1/sessions',
      tag,
      summary: 'Start a session of a plan.',
      body: newSession,
      answer: sessionSchema,
      statuses: [202],
      errors: ['PLAN_INVALID', 'INPUT_INVALID', 'COMMAND_REFUSED'],
      bodyLimitBytes: planLimitBytes,
      handle: async ({ body, principal, requestId }) => {
        const { plan, hash, needs } = await requirePlanSource(body, principal);
        const client = gateway.clientOf(principal.workspace);
        const id = body.id ?? (requestId === undefined ? undefined : `${plan.name}-${requestId}`);
        const started = await client.start({
          plan,
          hash,
          documents: gateway.documentsOf(plan),
          baseDirectory: gateway.baseDirectory,
          inputs: body.inputs as never,
          needs: needsOf({ needs }, body),
          ...(id !== undefined && { id }),
        });
        const overview = await started.overview();
        if (overview.firstPlanHash !== hash) {
          throw new OrchestraError(
            'COMMAND_REFUSED',
            `The id "${overview.id}" belongs to a session of another plan or version. Choose another id.`,
          );
        }
        return { body: presentSession(overview), location: sessionUrl(overview.id) };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/sessions',
      tag,
      summary: 'List sessions, newest first.',
      query: sessionQuery,
      answer: sessionPage,
      handle: async ({ query: { status, children, ...query }, principal }) => {
        const { rows, next } = await list.page(query, ({ limit, after }) =>
          gateway.clientOf(principal.workspace).list({
            limit,
            withChildren: children,
            ...(status && { status }),
            ...(after && { after: after[0] }),
          }),
        );
        return { body: { sessions: rows.map(presentSession), next } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/sessions/{session}',
      tag,
      summary: 'Show a session.',
      path: sessionPath,
      answer: sessionSchema,
      errors: ['SESSION_NOT_FOUND'],
      handle: async ({ path, principal }) => ({
        body: presentSession(await gateway.clientOf(principal.workspace).handle(path.session).overview()),
      }),
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/sessions/{session}/result',
      tag,
      summary: 'Show what a session came to: 200 once it has ended, 202 before that.',
      path: sessionPath,
      answer: sessionSchema,
      statuses: [200, 202],
      errors: ['SESSION_NOT_FOUND'],
      handle: async ({ path, principal }) => {
        const overview = await gateway.clientOf(principal.workspace).handle(path.session).overview();
        return { body: presentSession(overview), status: overview.endedAt === null ? 202 : 200 };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/sessions/{session}/events',
      tag,
      summary: "A page of a session's log, oldest first.",
      path: sessionPath,
      query: logQuery,
      answer: logPage,
      errors: ['SESSION_NOT_FOUND'],
      handle: async ({ path, query, principal }) => {
        const session = await existing(gateway.clientOf(principal.workspace), path.session);
        const rows = await session.log(query.after, query.limit);
        const events = rows.map(({ seq, at, type, run: task, attempt, data }) => ({
          seq,
          at: isoTime(at),
          type,
          task,
          attempt,
          data,
        }));
        return { body: { events } };
      },
    }),
  ];
}

/** One that somebody may set going: all its tasks are such as they may submit. Throws SESSION_NOT_FOUND and TOKEN_FORBIDDEN. */
export async function startable(client: OrchestraClient, id: string, principal: Principal): Promise<SessionHandle> {
  const session = await existing(client, id);
  await requireScopeOf(principal, () => session.plan());
  return session;
}

/** Throws SESSION_NOT_FOUND: a workflow says of a session that never was that it has ended. */
export async function existing(client: OrchestraClient, id: string): Promise<SessionHandle> {
  const session = client.handle(id);
  await session.overview();
  return session;
}
