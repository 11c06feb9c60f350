import { operationOf } from '../route';
import type { AnyRoute } from '../route';
import { operationId } from './operation-id';

/** What is made by an operation, by the parameter of the paths that lead to it, and where its answer says which one. */
const made: Readonly<Record<string, readonly [parameter: string, field: string]>> = {
  'POST /v1/sessions': ['session', 'id'],
  'POST /v1/ci/trigger': ['session', 'id'],
  'POST /v1/tasks': ['task', 'id'],
  'POST /v1/schedules': ['schedule', 'name'],
  'POST /v1/webhooks': ['webhook', 'name'],
  'POST /v1/agents': ['agent', 'name'],
  'POST /v1/agents/{agent}/memories': ['memory', 'id'],
  'POST /v1/agents/{agent}/recoveries': ['recovery', 'id'],
  'POST /v1/agents/{agent}/tokens': ['token', 'id'],
  'POST /v1/workspaces': ['workspace', 'workspace'],
  'POST /v1/tokens': ['token', 'id'],
};

/** From what makes something to all that shows, steers or removes it, as OpenAPI links. */
export function linksFrom(route: AnyRoute, routes: readonly AnyRoute[]): { links?: Record<string, unknown> } {
  const target = made[operationOf(route)];
  if (!target) return {};
  const [parameter, field] = target;
  const known = new Map([
    ...parametersOf(route.url).map((name) => [name, `$request.path.${name}`] as const),
    [parameter, `$response.body#/${field}`] as const,
  ]);
  const leadsTo = ({ url }: AnyRoute): boolean => {
    const parameters = parametersOf(url);
    // Below what made it: tokens of agents are none of programs.
    return url.startsWith(placeOf(route, parameter)) && parameters.every((name) => known.has(name));
  };
  const links = routes.filter(leadsTo).map((one) => {
    const parameters = Object.fromEntries(parametersOf(one.url).map((name) => [name, known.get(name)]));
    return [operationId(one), { operationId: operationId(one), parameters }];
  });
  return { links: Object.fromEntries(links) as Record<string, unknown> };
}

function placeOf({ url }: AnyRoute, parameter: string): string {
  return url === '/v1/ci/trigger' ? `/v1/sessions/{${parameter}}` : `${url}/{${parameter}}`;
}

function parametersOf(url: string): string[] {
  return [...url.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}
