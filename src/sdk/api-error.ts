import type { ErrorCode } from '../domain/errors';

/** A place of a request that is at fault. */
export interface Fault {
  /** JSON Pointer into the body; with `in`, into that part of the request. */
  pointer: string;
  in?: 'query' | 'path';
  detail: string;
}

interface Problem {
  code?: string;
  detail?: string;
  retryable?: boolean;
  requestId?: string;
  errors?: readonly Fault[];
}

/** What the API refused, by its code. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** Whether the same request can succeed later. */
  readonly retryable: boolean;
  /** How long whoever answered asks to be left alone, in its own words (`Retry-After`). */
  readonly retryAfterMs: number | undefined;
  /** Names the request in the log of the API. */
  readonly requestId: string | undefined;
  readonly faults: readonly Fault[];

  constructor(
    readonly status: number,
    /** See docs/errors.md, whose codes may become more; empty where the answer was not of the API. */
    readonly code: ErrorCode | (string & {}),
    message: string,
    details: { retryable?: boolean; retryAfterMs?: number; requestId?: string; faults?: readonly Fault[] } = {},
  ) {
    super(message);
    this.retryable = details.retryable ?? (status >= 500 || status === 429 || status === 408);
    this.retryAfterMs = details.retryAfterMs;
    this.requestId = details.requestId;
    this.faults = details.faults ?? [];
  }
}

/** Of an answer that is none of success. */
export function readApiError({ status, headers }: Pick<Response, 'status' | 'headers'>, text: string): ApiError {
  const retryAfterMs = retryAfterMsOf(headers.get('retry-after'));
  const requestId = headers.get('x-request-id') ?? undefined;
  const known = { ...(retryAfterMs !== undefined && { retryAfterMs }), ...(requestId !== undefined && { requestId }) };
  const problem = problemOf(text);
  if (!problem) return new ApiError(status, '', `HTTP ${status}: ${text.slice(0, 500)}`, known);
  return new ApiError(status, problem.code ?? '', problem.detail ?? text, {
    ...known,
    ...(problem.retryable !== undefined && { retryable: problem.retryable }),
    ...(problem.requestId !== undefined && { requestId: problem.requestId }),
    ...(problem.errors && { faults: problem.errors }),
  });
}

function problemOf(text: string): Problem | undefined {
  try {
    const value = JSON.parse(text) as Problem | null;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds, or a date. */
function retryAfterMsOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
