import { eachRow } from './each-row';
import type { CallOptions } from './options';
import type { Requester } from './requester';
import type { Plan, PlanOverview, PlanPage, PlanSource, PlanValidation, PlanVersion } from './types';
import type { RoutePreview, StoredPlan } from './types';
import { urlPath } from './url-path';

/** What can be said of a plan before it runs, and plans that were run. */
export class Plans {
  constructor(private readonly api: Requester) {}

  /** Names every issue; a plan with issues is no error here. */
  validate(plan: Plan | PlanSource, options?: CallOptions): Promise<PlanValidation> {
    return this.look('validate', plan, options);
  }

  /** As a Mermaid flowchart. Rejects with PLAN_INVALID. */
  graph(plan: Plan | PlanSource, options?: CallOptions): Promise<string> {
    return this.look<{ mermaid: string }>('graph', plan, options).then(({ mermaid }) => mermaid);
  }

  /** Whom its tasks would go to now. Rejects with PLAN_INVALID. */
  route(plan: Plan | PlanSource, options?: CallOptions): Promise<RoutePreview> {
    return this.look('route', plan, options);
  }

  /** The JSON Schema of plans. */
  schema(options?: CallOptions): Promise<Record<string, unknown>> {
    return this.api.send({ method: 'GET', path: '/v1/plan-schema' }, options);
  }

  /** A page of the plans that were run, by name. */
  list(filter: { limit?: number; cursor?: string } = {}, options?: CallOptions): Promise<PlanPage> {
    return this.api.send({ method: 'GET', path: '/v1/plans', query: filter }, options);
  }

  /** All of them, page by page. */
  each(filter: { limit?: number } = {}, options?: CallOptions): AsyncGenerator<PlanOverview> {
    return eachRow(this.api, '/v1/plans', 'plans', filter, options);
  }

  /** Of a plan that was run, by its name; the latest first. Rejects with PLAN_NOT_FOUND. */
  versions(name: string, filter: { limit?: number } = {}, options?: CallOptions): Promise<PlanVersion[]> {
    const operation = { method: 'GET' as const, path: urlPath`/v1/plans/${name}/versions`, query: filter };
    return this.api.send<{ versions: PlanVersion[] }>(operation, options).then(({ versions }) => versions);
  }

  /** All of these, page by page. */
  eachVersion(name: string, filter: { limit?: number } = {}, options?: CallOptions): AsyncGenerator<PlanVersion> {
    return eachRow(this.api, urlPath`/v1/plans/${name}/versions`, 'versions', filter, options);
  }

  /** One of these, as it can be run again. */
  version(name: string, hash: string, options?: CallOptions): Promise<StoredPlan> {
    return this.api.send({ method: 'GET', path: urlPath`/v1/plans/${name}/versions/${hash}` }, options);
  }

  private look<Answer>(what: string, plan: Plan | PlanSource, options?: CallOptions): Promise<Answer> {
    const body = sourceOf(plan);
    return this.api.send({ method: 'POST', path: `/v1/plans/${what}`, body, changesNothing: true }, options);
  }
}

/** A plan has `tasks`; what has a `plan` is a plan with its files. */
export function sourceOf(plan: Plan | PlanSource): PlanSource {
  return typeof plan === 'object' && isSource(plan) ? plan : { plan };
}

function isSource(value: object): value is PlanSource {
  return 'plan' in value && !('tasks' in value);
}
