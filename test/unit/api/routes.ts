import { apiRoutes } from '../../../src/api/api-routes';
import type { Gateway } from '../../../src/api/gateway';
import type { AgentWorkDependencies } from '../../../src/api/routes/agent-work';

/** All routes, of which none can be called. */
export const routes = apiRoutes({} as Gateway, {} as AgentWorkDependencies);
