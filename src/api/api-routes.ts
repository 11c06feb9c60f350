import type { Gateway } from './gateway';
import { openApiDocument } from './openapi/document';
import type { AnyRoute } from './route';
import { agentAccessRoutes } from './routes/agent-access';
import { agentImportRoutes } from './routes/agent-imports';
import { agentRecoveryRoutes } from './routes/agent-recovery';
import { agentWorkRoutes } from './routes/agent-work';
import type { AgentWorkDependencies } from './routes/agent-work';
import { agentKnowledgeRoutes } from './routes/agent-knowledge';
import { agentRoutes } from './routes/agents';
import { alertRoutes } from './routes/alerts';
import { auditRoutes } from './routes/audit';
import { codecRoutes } from './routes/codec';
import { budgetRoutes } from './routes/budgets';
import { ciRoutes } from './routes/ci';
import { sessionControlRoutes } from './routes/control-sessions';
import { processRoutes } from './routes/health';
import { eventRoutes } from './routes/events';
import { insightRoutes } from './routes/insight';
import { openApiRoute } from './routes/openapi';
import { optimisationRoutes } from './routes/optimisation';
import { outcomeRoutes } from './routes/outcomes';
import { planVersionRoutes } from './routes/plan-versions';
import { planRoutes } from './routes/plans';
import { reportRoutes } from './routes/reports';
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
    ...planVersionRoutes(gateway),
    ...agentRoutes(gateway),
    ...agentImportRoutes(gateway),
    ...agentKnowledgeRoutes(gateway),
    ...agentRecoveryRoutes(gateway),
    ...agentAccessRoutes(gateway),
    ...workspaceRoutes(gateway),
    ...budgetRoutes(gateway),
    ...auditRoutes(gateway),
    ...codecRoutes(gateway),
    ...workspacesRoutes(gateway),
    ...tokenRoutes(gateway),
    ...insightRoutes(gateway),
    ...outcomeRoutes(gateway),
    ...reportRoutes(gateway),
    ...alertRoutes(gateway),
    ...optimisationRoutes(gateway),
    ...agentWorkRoutes(work),
    ...processRoutes(gateway),
  ];
  routes.push(openApiRoute(() => openApiDocument(routes)));
  return routes;
}
