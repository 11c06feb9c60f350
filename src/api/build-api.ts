import { randomUUID } from 'node:crypto';
import type { SecureVersion } from 'node:tls';
import fastify from 'fastify';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { RecogniseAgent } from './agent-auth';
import { answerBeforeClosing } from './answer-before-closing';
import type { AuditTrail } from './audit-trail';
import { noTracing } from '../contracts/ports/tracing';
import type { Tracing } from '../contracts/ports/tracing';
import { allowOrigins } from './allow-origins';
import { apiRoutes } from './api-routes';
import { serveDocsPage } from './docs-page';
import { OrchestraError } from '../domain/errors';
import type { Gateway } from './gateway';
import { openApiDocument } from './openapi/document';
import type { LoginDependencies } from './login/login-ports';
import { openLogin } from './login/open-login';
import { limitAddresses } from './limits/limit-addresses';
import { LimitRequests } from './limits/limit-requests';
import type { RequestLimiter } from './limits/request-limiter';
import { answerErrors, sendUnreadable } from './problem';
import { jsonReader, readJson } from './read-json';
import { refuseMethods } from './refuse-methods';
import { registerRoutes } from './register-routes';
import { OpenSockets, acceptSockets } from './sockets/accept-sockets';
import { allowWebUi } from './web-ui-access';
import type { AgentWorkDependencies } from './routes/agent-work';

interface ServerTls {
  cert: Buffer;
  key: Buffer;
  minVersion: SecureVersion;
}

/** How the API stands to what is in front of it. */
export interface FrontSettings {
  /** Pages of these origins may use the API from browsers. */
  corsOrigins: readonly string[];
  /** Addresses of proxies, and networks of them, that say truly whom they speak for. */
  trustedProxies: readonly string[];
}

export interface ApiDependencies {
  gateway: Gateway;
  work: AgentWorkDependencies;
  recogniseAgent: RecogniseAgent;
  audit: AuditTrail;
  /** Where the Temporal Web UI is served. Default nowhere. */
  webUiOrigins?: readonly string[];
  /** The certificate; undefined for HTTP. */
  tls?: ServerTls | undefined;
  /** Undefined where requests are not limited. */
  limiter?: RequestLimiter | undefined;
  /** Default: nobody is in front of it, and no pages of others use it. */
  front?: FrontSettings;
  /** Undefined where people cannot log in with browsers. */
  login?: LoginDependencies | undefined;
  /** A request must have arrived by then, its headers in a third of it. Default a minute. */
  requestTimeoutMs?: number;
  /** Of requests, with their ids. */
  log: FastifyBaseLogger;
  /** Adds hooks that watch what is answered. */
  observe?(app: FastifyInstance): void;
  /** Of requests in frames of sockets. Default none. */
  tracing?: Tracing;
  onError(error: unknown): void;
}

/** Of a request that is neither a plan nor a result of an agent. */
const bodyLimitBytes = 1024 * 1024;

/** Proxies add some of their own. */
const maxHeaders = 100;

/** Address and headers. Node refuses in words of its own, and is given more room, so that we do. */
const maxHeadCharacters = 16 * 1024;
const nodesHeadBytes = 4 * maxHeadCharacters;

const requestIdHeader = 'x-request-id';

/** The HTTP API; it is not listening. When it is closed, requests that wait are answered. */
export async function buildApi({
  gateway,
  work,
  recogniseAgent,
  audit,
  webUiOrigins = [],
  tls,
  limiter,
  front = { corsOrigins: [], trustedProxies: [] },
  login,
  requestTimeoutMs = 60_000,
  log,
  observe,
  tracing = noTracing,
  onError,
}: ApiDependencies): Promise<FastifyInstance> {
  const app = fastify({
    ...(tls && { https: tls }),
    loggerInstance: log,
    bodyLimit: bodyLimitBytes,
    // Agents hold a connection for as long as they wait; ten thousand of them must not hold as many idle ones besides.
    keepAliveTimeout: 5_000,
    // Who sends a request byte by byte is not waited for.
    requestTimeout: requestTimeoutMs,
    http: {
      headersTimeout: requestTimeoutMs / 3,
      connectionsCheckingInterval: requestTimeoutMs / 12,
      requireHostHeader: true,
      maxHeaderSize: nodesHeadBytes,
    },
    routerOptions: { maxParamLength: 250 },
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    requestIdHeader: false,
    trustProxy: front.trustedProxies.length > 0 && [...front.trustedProxies],
    frameworkErrors: (error, request, reply) => void sendUnreadable(error, request.id, reply),
    genReqId: ({ headers }) => readRequestId(headers[requestIdHeader]) ?? randomUUID(),
  });
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header(requestIdHeader, request.id).header('x-content-type-options', 'nosniff');
    const { rawHeaders, url = '' } = request.raw;
    // Node's limit counts no small ones, and leaves out what is beyond the 2,000th.
    if (rawHeaders.length > 2 * maxHeaders) {
      return done(new OrchestraError('USAGE', `The request has more than ${maxHeaders} headers. Send fewer.`));
    }
    const characters = rawHeaders.reduce((sum, text) => sum + text.length, url.length);
    if (characters <= maxHeadCharacters) return done();
    done(
      new OrchestraError(
        'USAGE',
        `The address and the headers of the request have ${characters} characters, of ${maxHeadCharacters} at most. Send less.`,
      ),
    );
  });
  observe?.(app);
  const routes = apiRoutes(gateway, work);
  const sockets = new OpenSockets();
  await acceptSockets(app, routes);
  allowWebUi(app, webUiOrigins);
  answerBeforeClosing(app, () => {
    work.forWork.close();
    work.forCancel.close();
    gateway.live.hub.close();
  });
  app.addHook('preClose', () => sockets.stop());
  answerErrors(app, onError);
  readJson(app);
  await allowOrigins(app, front.corsOrigins);
  const limits = new LimitRequests(limiter);
  limitAddresses(app, routes, limits, audit);
  const ofBrowser = login && openLogin(app, login, gateway.recognise, limits, audit);
  const forSockets = { sockets, readJson: jsonReader(app), bodyLimitBytes, tracing, onError };
  registerRoutes(app, routes, { gateway, recogniseAgent, audit, limits, ofBrowser, ...forSockets });
  refuseMethods(app, routes);
  app.addHook('onClose', () => audit.close());
  await serveDocsPage(app, openApiDocument(routes));
  return app;
}

/** A client's own id, where it can stand in a log. */
function readRequestId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.:-]{1,100}$/.test(header) ? header : undefined;
}
