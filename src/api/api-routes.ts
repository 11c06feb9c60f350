import type { Gateway } from './gateway';
import { openApiDocument } from './openapi/document';
import type { AnyRoute } from './route';
import { agentWorkRoutes } from './routes/agent-work';
import type { AgentWorkDependencies } from './routes/agent-work';
import { sessionControlRoutes } from './routes/control-sessions';
import { processRoutes } from './routes/health';
import { openApiRoute } from './routes/openapi';
import { sessionRoutes } from './routes/sessions';

/** All that the API serves, in the order of its documentation. */
export function apiRoutes(gateway: Gateway, work: AgentWorkDependencies): AnyRoute[] {
  const routes: AnyRoute[] = [
    ...sessionRoutes(gateway),
    ...sessionControlRoutes(gateway),
    ...agentWorkRoutes(work),
    ...processRoutes(gateway),
  ];
  routes.push(openApiRoute(() => openApiDocument(routes)));
  return routes;
}
