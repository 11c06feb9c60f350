import type { Gateway } from './gateway';
import { openApiDocument } from './openapi/document';
import type { AnyRoute } from './route';
import { agentWorkRoutes } from './routes/agent-work';
import type { AgentWorkDependencies } from './routes/agent-work';
import { agentKnowledgeRoutes } from './routes/agent-knowledge';
import { agentRoutes } from './routes/agents';
import { auditRoutes } from './routes/audit';
import { codecRoutes } from './routes/codec';
import { budgetRoutes } from './routes/budgets';
import { ciRoutes } from './routes/ci';
import { sessionControlRoutes } from './routes/control-sessions';
import { processRoutes } from './routes/health';
import { eventRoutes } from './routes/events';
import { insightRoutes } from './routes/insight';
import { openApiRoute } from './routes/openapi';
import { planRoutes } from './routes/plans';
import { scheduleRoutes } from './routes/schedules';
import { sessionRoutes } from './routes/sessions';
import { singleTaskRoutes } from './routes/single-tasks';
import { taskRoutes } from './routes/tasks';
import { tokenRoutes } from './routes/tokens';
import { webhookRoutes } from './routes/webhooks';
import { workspaceRoutes } from './routes/workspace';
import { workspacesRoutes } from './routes/workspaces';

/** All that the API serves, in the order of its documentation. */
export function apiRoutes(gateway: Gateway, work: AgentWorkDependencies): AnyRoute[] {
  const routes: AnyRoute[] = [
    ...sessionRoutes(gateway),
    ...sessionControlRoutes(gateway),
    ...taskRoutes(gateway),
    ...eventRoutes(gateway),
    ...singleTaskRoutes(gateway),
    ...ciRoutes(gateway),
    ...scheduleRoutes(gateway),
    ...webhookRoutes(gateway),
    ...planRoutes(gateway),
    ...agentRoutes(gateway),
    ...agentKnowledgeRoutes(gateway),
    ...workspaceRoutes(gateway),
    ...budgetRoutes(gateway),
    ...auditRoutes(gateway),
    ...codecRoutes(gateway),
    ...workspacesRoutes(gateway),
    ...tokenRoutes(gateway),
    ...insightRoutes(gateway),
    ...agentWorkRoutes(work),
    ...processRoutes(gateway),
  ];
  routes.push(openApiRoute(() => openApiDocument(routes)));
  return routes;
}
