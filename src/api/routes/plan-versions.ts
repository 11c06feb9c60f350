import { isoTime } from '../../contracts/schemas/api/common';
import {
  planList,
  planListQuery,
  planPath,
  planVersion,
  planVersionPath,
  planVersionQuery,
  planVersions as versionList,
} from '../../contracts/schemas/api/plan';
import { writePlanFile } from '../../contracts/schemas/write-plan-file';
import { OrchestraError } from '../../domain/errors';
import { pageOf, readCursor } from '../cursor';
import type { Gateway } from '../gateway';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Plans';

/** Plans that the workspace has run, by name and hash. */
export function planVersionRoutes({ plans, planVersions }: Pick<Gateway, 'plans' | 'planVersions'>): AnyRoute[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/v1/plans',
      tag,
      summary: 'List the plans that were run, by name, each with its latest version.',
      query: planListQuery,
      answer: planList,
      handle: async ({ query: { limit, cursor }, principal: { workspace } }) => {
        const after = cursor === undefined ? undefined : readCursor(cursor);
        const found = await planVersions.names(workspace, limit + 1, after);
        const { page, next } = pageOf(found, limit, ({ name }) => name);
        const plans = page.map(({ latest: { hash, storedAt }, ...plan }) => ({
          ...plan,
          latest: { hash, storedAt: isoTime(storedAt) },
        }));
        return { body: { plans, next } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/plans/{plan}/versions',
      tag,
      summary: 'List the versions of a plan that was run, by its name; the latest first.',
      path: planPath,
      query: planVersionQuery,
      answer: versionList,
      errors: ['PLAN_NOT_FOUND'],
      handle: async ({ path, query, principal: { workspace } }) => {
        const versions = await planVersions.list(workspace, path.plan, query.limit);
        if (versions.length === 0) throw notFound(path.plan);
        return { body: { versions: versions.map(({ hash, storedAt }) => ({ hash, storedAt: isoTime(storedAt) })) } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/plans/{plan}/versions/{version}',
      tag,
      summary: 'Show a version of a plan, as it can be run again.',
      path: planVersionPath,
      answer: planVersion,
      errors: ['PLAN_NOT_FOUND'],
      handle: async ({ path, principal: { workspace } }) => {
        const { plan, hash } = await plans.load(workspace, path.version);
        if (plan.name !== path.plan) throw notFound(path.plan);
        return { body: { name: plan.name, hash, plan: writePlanFile(plan) }, etag: hash };
      },
    }),
  ];
}

function notFound(name: string): OrchestraError {
  return new OrchestraError(
    'PLAN_NOT_FOUND',
    `No such version of a plan "${name}" was run here. GET /v1/sessions shows the plans of sessions.`,
  );
}
