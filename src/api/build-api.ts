import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { answerBeforeClosing } from './answer-before-closing';
import { answerErrors } from './problem';
import { addAgentWorkRoutes } from './routes/agent-work';
import type { AgentWorkDependencies } from './routes/agent-work';
import { addHealthRoute } from './routes/health';

export interface ApiDependencies extends AgentWorkDependencies {
  onError(error: unknown): void;
}

/** Of a request that is no result of an agent. */
const bodyLimitBytes = 1024 * 1024;

/** The HTTP API; it is not listening. When it is closed, requests that wait are answered. */
export function buildApi(dependencies: ApiDependencies): FastifyInstance {
  const app = fastify({
    bodyLimit: bodyLimitBytes,
    // Agents hold a connection for as long as they wait; ten thousand of them must not hold as many idle ones besides.
    keepAliveTimeout: 5_000,
    routerOptions: { maxParamLength: 100 },
    forceCloseConnections: true,
  });
  answerBeforeClosing(app, () => {
    dependencies.forWork.close();
    dependencies.forCancel.close();
  });
  answerErrors(app, dependencies.onError);
  addHealthRoute(app);
  addAgentWorkRoutes(app, dependencies);
  return app;
}
