import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { isDatabaseAway } from '../domain/database-away';
import { OrchestraError, errorTable } from '../domain/errors';
import type { ErrorCode } from '../domain/errors';
import { FaultyValue } from '../domain/faulty-value';
import { TooManyRequests } from './limits/limit-requests';
import { pointerOf } from './pointer';
import { RequestFault } from './request-fault';
import type { Fault } from './request-fault';

/** What a request is answered that cannot be fulfilled (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  /** What is wrong, where, and what to do next. */
  detail: string;
  /** Whether the same request can succeed later. */
  retryable: boolean;
  /** Names the request in the log of the API. */
  requestId: string;
  /** The places of the request that are at fault. */
  errors?: readonly Fault[];
}

export const problemType = 'application/problem+json';

export function problemOf(error: OrchestraError, requestId: string): Problem {
  const { code, message: detail } = error;
  const { httpStatus: status, retryable } = errorTable[code];
  const title = code.toLowerCase().replaceAll('_', ' ');
  const type = `urn:agent-orchestra:error:${code}`;
  const faults = faultsOf(error);
  return { type, title, status, code, detail, retryable, requestId, ...(faults.length > 0 && { errors: faults }) };
}

/** Values are given in the body. */
function faultsOf(error: OrchestraError): readonly Fault[] {
  if (error instanceof RequestFault) return error.faults;
  if (!(error instanceof FaultyValue)) return [];
  return error.faults.map(({ path, detail }) => ({ pointer: pointerOf(path), detail }));
}

/** What the API cannot do because a server is away, or somebody else does it, it may be able to do so soon. */
const retryAfterSeconds = 1;

/** The one place that answers errors. What is not meant for people goes to `onError`, and its details to nobody else. */
export function answerErrors(app: FastifyInstance, onError: (error: unknown) => void): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const { problem, retryAfter } = refusalOf(error, request.id, onError);
    if (retryAfter !== undefined) void reply.header('retry-after', retryAfter);
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const detail = `There is nothing at ${request.method} ${request.url.split('?', 1)[0]}. See /docs for what there is, or /openapi.json for programs.`;
    return sendProblem(reply, problemOf(new OrchestraError('ROUTE_NOT_FOUND', detail), request.id));
  });
}

/** How somebody is told of an error, and after how many seconds they may come again, where that is known. */
export function refusalOf(
  error: Error,
  requestId: string,
  onError: (error: unknown) => void,
): { problem: Problem; retryAfter?: number } {
  const problem = problemOf(readable(error, onError), requestId);
  const isBusy = problem.status === 503 || problem.code === 'IDEMPOTENCY_KEY_BUSY';
  const retryAfter =
    error instanceof TooManyRequests ? error.retryAfterSeconds : isBusy ? retryAfterSeconds : undefined;
  return { problem, ...(retryAfter !== undefined && { retryAfter }) };
}

/** What the router refuses before anything of ours sees it: a path that cannot be read. */
export function sendUnreadable(error: FastifyError, requestId: string, reply: FastifyReply): FastifyReply {
  return sendProblem(reply, problemOf(new OrchestraError('USAGE', `${error.message}.`), requestId));
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { status } = problem;
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  return reply.code(status).type(problemType).send(problem);
}

function readable(error: FastifyError | Error, onError: (error: unknown) => void): OrchestraError {
  if (error instanceof OrchestraError) return error;
  const { statusCode = 500 } = error as Partial<FastifyError>;
  if (statusCode === 413) {
    return new OrchestraError('REQUEST_TOO_LARGE', `${error.message}. Hand large results over by reference.`);
  }
  if (statusCode >= 400 && statusCode < 500) return new OrchestraError('USAGE', `${error.message}.`);
  onError(error);
  if (isDatabaseAway(error)) {
    return new OrchestraError('SERVER_UNAVAILABLE', 'The database cannot be reached. Try again in a moment.');
  }
  return new OrchestraError(
    'INTERNAL',
    'Something went wrong inside the orchestra API. Its log says more; try again in a moment.',
  );
}
