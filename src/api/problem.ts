import type { FastifyError, FastifyInstance } from 'fastify';
import { OrchestraError, errorTable } from '../domain/errors';
import type { ErrorCode } from '../domain/errors';

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
}

export function problemOf(code: ErrorCode, detail: string): Problem {
  const { httpStatus: status, retryable } = errorTable[code];
  const title = code.toLowerCase().replaceAll('_', ' ');
  return { type: `urn:agent-orchestra:error:${code}`, title, status, code, detail, retryable };
}

/** What the API cannot do because a server is away, it may be able to do so soon. */
const retryAfterSeconds = 1;

/** The one place that answers errors. What is not meant for people goes to `onError`, and its details to nobody else. */
export function answerErrors(app: FastifyInstance, onError: (error: unknown) => void): void {
  app.setErrorHandler<FastifyError>((error, _, reply) => {
    const problem = toProblem(error, onError);
    if (problem.status === 503) void reply.header('retry-after', retryAfterSeconds);
    return reply.code(problem.status).type('application/problem+json').send(problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const detail = `There is nothing at ${request.method} ${request.url.split('?', 1)[0]}. See docs/remote-agents.md for what there is.`;
    const problem = problemOf('ROUTE_NOT_FOUND', detail);
    return reply.code(problem.status).type('application/problem+json').send(problem);
  });
}

function toProblem(error: FastifyError | Error, onError: (error: unknown) => void): Problem {
  if (error instanceof OrchestraError) return problemOf(error.code, error.message);
  const { statusCode = 500, code } = error as Partial<FastifyError>;
  if (statusCode === 413)
    return problemOf('REQUEST_TOO_LARGE', `${error.message}. Hand large results over by reference.`);
  if (statusCode >= 400 && statusCode < 500) return problemOf('USAGE', `${error.message}.`);
  onError(error);
  if (isConnectionCode(code)) {
    return problemOf('SERVER_UNAVAILABLE', 'The database cannot be reached. Try again in a moment.');
  }
  return problemOf(
    'INTERNAL',
    'Something went wrong inside the orchestra API. Its log says more; try again in a moment.',
  );
}

/** Node's codes of broken connections, and SQLSTATE classes of a server that is away. */
function isConnectionCode(code: unknown): boolean {
  return typeof code === 'string' && /^(E(AI_)?[A-Z]+|(08|53|57|58)[0-9A-Z]{3})$/.test(code);
}
