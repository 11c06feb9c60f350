import { randomUUID } from 'node:crypto';
import type { SecureVersion } from 'node:tls';
import fastify from 'fastify';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { RecogniseAgent } from './agent-auth';
import { answerBeforeClosing } from './answer-before-closing';
import type { AuditTrail } from './audit-trail';
import { apiRoutes } from './api-routes';
import { serveDocsPage } from './docs-page';
import type { Gateway } from './gateway';
import { openApiDocument } from './openapi/document';
import { answerErrors, sendUnreadable } from './problem';
import { registerRoutes } from './register-routes';
import { allowWebUi } from './web-ui-access';
import type { AgentWorkDependencies } from './routes/agent-work';

interface ServerTls {
  cert: Buffer;
  key: Buffer;
  minVersion: SecureVersion;
}

export interface ApiDependencies {
  gateway: Gateway;
  work: AgentWorkDependencies;
  recogniseAgent: RecogniseAgent;
  audit: AuditTrail;
  /** Where the Temporal Web UI is served. */
  webUiOrigins: readonly string[];
  /** The certificate; undefined for HTTP. */
  tls: ServerTls | undefined;
  /** Of requests, with their ids. */
  log: FastifyBaseLogger;
  /** Adds hooks that watch what is answered. */
  observe?(app: FastifyInstance): void;
  onError(error: unknown): void;
}

/** Of a request that is neither a plan nor a result of an agent. */
const bodyLimitBytes = 1024 * 1024;

const requestIdHeader = 'x-request-id';

/** The HTTP API; it is not listening. When it is closed, requests that wait are answered. */
export async function buildApi({
  gateway,
  work,
  recogniseAgent,
  audit,
  webUiOrigins,
  tls,
  log,
  observe,
  onError,
}: ApiDependencies): Promise<FastifyInstance> {
  const app = fastify({
    ...(tls && { https: tls }),
    loggerInstance: log,
    bodyLimit: bodyLimitBytes,
    // Agents hold a connection for as long as they wait; ten thousand of them must not hold as many idle ones besides.
    keepAliveTimeout: 5_000,
    // Who sends a request byte by byte is not waited for.
    requestTimeout: 60_000,
    routerOptions: { maxParamLength: 250 },
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    requestIdHeader: false,
    frameworkErrors: (error, request, reply) => void sendUnreadable(error, request.id, reply),
    genReqId: ({ headers }) => readRequestId(headers[requestIdHeader]) ?? randomUUID(),
  });
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header(requestIdHeader, request.id).header('x-content-type-options', 'nosniff');
    done();
  });
  observe?.(app);
  allowWebUi(app, webUiOrigins);
  answerBeforeClosing(app, () => {
    work.forWork.close();
    work.forCancel.close();
    gateway.live.hub.close();
  });
  answerErrors(app, onError);
  const routes = apiRoutes(gateway, work);
  registerRoutes(app, routes, { gateway, recogniseAgent, audit });
  app.addHook('onClose', () => audit.close());
  await serveDocsPage(app, openApiDocument(routes));
  return app;
}

/** A client's own id, where it can stand in a log. */
function readRequestId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.:-]{1,100}$/.test(header) ? header : undefined;
}
