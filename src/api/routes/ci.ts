import type { z } from 'zod';
import { ciTrigger } from '../../contracts/schemas/api/ci';
import { session as sessionSchema } from '../../contracts/schemas/api/session';
import type { JsonObject } from '../../domain/json';
import { ciInputs, ciPlan } from '../../domain/plan/ci-plan';
import type { Gateway } from '../gateway';
import { presentSession, sessionUrl } from '../present/session';
import { needsOf, requirePlanSource } from '../read-plan-source';
import type { PlanSource } from '../read-plan-source';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';
import { planLimitBytes } from './sessions';

/** What pipelines of continuous integration ask for. */
export function ciRoutes(gateway: Gateway): AnyRoute[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/v1/ci/trigger',
      tag: 'CI',
      summary: 'Run a plan, or have agents look, for a commit.',
      body: ciTrigger,
      answer: sessionSchema,
      statuses: [202],
      errors: ['PLAN_INVALID', 'INPUT_INVALID'],
      bodyLimitBytes: planLimitBytes,
      handle: async ({ body, principal, requestId }) => {
        const source = sourceOf(body);
        const { plan, hash, needs } = await requirePlanSource(source, principal);
        const { prompt } = body;
        const given = { ...(body.inputs as JsonObject), ...(prompt !== undefined && { prompt }) };
        const started = await gateway.clientOf(principal.workspace).start({
          plan,
          hash,
          documents: gateway.documentsOf(plan),
          baseDirectory: gateway.baseDirectory,
          inputs: ciInputs(plan, body, given),
          needs: needsOf({ needs }, source),
          ...(requestId !== undefined && { id: `${plan.name}-${body.commit.slice(0, 12)}-${requestId}` }),
        });
        return { body: presentSession(await started.overview()), location: sessionUrl(started.id) };
      },
    }),
  ];
}

function sourceOf({ plan, files, agents = [], type, prompt }: z.output<typeof ciTrigger>): PlanSource {
  if (plan !== undefined) return { plan, files };
  return { plan: ciPlan(agents, type, prompt !== undefined), files, madeOf: 'agents' };
}
