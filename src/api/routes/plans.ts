import { anyObject } from '../../contracts/schemas/api/common';
import { graph, planRequest, routePreview, validation } from '../../contracts/schemas/api/workspace';
import { planJsonSchema } from '../../contracts/schemas/plan-json-schema';
import type { SourceIssue } from '../../contracts/schemas/source-position';
import { previewRoutes } from '../../client/preview-routes';
import { toMermaid } from '../../domain/plan/mermaid';
import type { Gateway } from '../gateway';
import { readPlanSource, requireReadable } from '../read-plan-source';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';
import { planLimitBytes } from './sessions';

const tag = 'Plans';

/** What can be said of a plan before it runs. Nothing is stored. */
export function planRoutes({ routingOf }: Gateway): AnyRoute[] {
  const common = { method: 'POST', tag, body: planRequest, bodyLimitBytes: planLimitBytes } as const;
  return [
    defineRoute({
      ...common,
      url: '/v1/plans/validate',
      summary: 'Check a plan; names every issue.',
      answer: validation,
      handle: async ({ body }) => {
        const reading = await readPlanSource(body);
        if (!reading.plan) {
          const issues = reading.issues.map(presentIssue);
          return { body: { valid: false, name: null, hash: null, issues, needs: [] } };
        }
        const { plan, hash, needs } = reading;
        return { body: { valid: true, name: plan.name, hash, issues: [], needs: needs.map(presentIssue) } };
      },
    }),
    defineRoute({
      ...common,
      url: '/v1/plans/graph',
      summary: 'The graph of a plan as a Mermaid flowchart.',
      answer: graph,
      errors: ['PLAN_INVALID'],
      handle: async ({ body }) => ({ body: { mermaid: toMermaid((await requireReadable(body)).plan) } }),
    }),
    defineRoute({
      ...common,
      url: '/v1/plans/route',
      summary: 'Whom the tasks of a plan would go to now.',
      answer: routePreview,
      errors: ['PLAN_INVALID'],
      handle: async ({ body, principal: { workspace } }) => {
        const { plan, needs } = await requireReadable(body);
        const { routes, warnings, isPossible } = previewRoutes(plan, needs, {
          ...(await routingOf(workspace)),
          workspace,
        });
        return {
          body: {
            possible: isPossible,
            routes: routes.map(({ place, answer, racers }) => ({
              place,
              answer: answer ? { ...answer } : null,
              racers: racers.map((racer) => ({ ...racer })),
            })),
            warnings,
          },
        };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/plan-schema',
      tag,
      summary: 'The JSON Schema of plans.',
      answer: anyObject,
      handle: () => ({ body: planJsonSchema() }),
    }),
  ];
}

function presentIssue({ file, line, column, message }: SourceIssue): SourceIssue {
  return { file, line, column, message };
}
