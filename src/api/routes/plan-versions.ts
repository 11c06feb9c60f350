import { z } from 'zod';
import type { NamedPlan, PlanVersion } from '../../contracts/ports/plan-versions';
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
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Plans';
const plansByName = new PagedList('plans', z.tuple([part.text]), ({ name }: NamedPlan) => [name]);
const versionsByAge = new PagedList('versions', z.tuple([part.time, part.text]), ({ storedAt, hash }: PlanVersion) => [
  storedAt,
  hash,
]);

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
      handle: async ({ query, principal: { workspace } }) => {
        const { rows, next } = await plansByName.page(query, (page) => planVersions.names(workspace, page));
        const plans = rows.map(({ latest: { hash, storedAt }, ...plan }) => ({
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
        const { rows, next } = await versionsByAge.page(query, (page) => planVersions.list(workspace, path.plan, page));
        if (rows.length === 0 && query.cursor === undefined) throw notFound(path.plan);
        return { body: { versions: rows.map(({ hash, storedAt }) => ({ hash, storedAt: isoTime(storedAt) })), next } };
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
