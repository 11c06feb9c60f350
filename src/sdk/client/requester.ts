import { ApiError, readApiError } from '../api-error';
import { pause } from '../pause';
import { ConnectionError } from './connection-error';
import { JoinedSignal } from './joined-signal';
import type { ChangeOptions, ClientSettings, Connection, IfMatchOptions } from './options';
import { randomKey } from './random-key';
import { retryPauseMs } from './retry-pause';
import { queryString } from './url-path';
import type { Query } from './url-path';

/** One operation of the API. */
export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  /** A POST that changes nothing: it needs no key. */
  changesNothing?: boolean;
}

const usual = { retries: 4, timeoutMs: 30_000 };

/** Makes requests of the API until they are answered, each of them under one key. */
export class Requester {
  private readonly underWay = new Set<JoinedSignal>();
  private closed: ConnectionError | undefined;

  constructor(
    private readonly connection: Connection,
    readonly settings: ClientSettings = {},
  ) {}

  /** Rejects with an ApiError, a ConnectionError, or the reason of the signal. */
  async send<Answer>(operation: Operation, options: ChangeOptions & IfMatchOptions = {}): Promise<Answer> {
    const headers = { ...operation.headers };
    if (operation.method === 'POST' && !operation.changesNothing) {
      headers['idempotency-key'] = options.idempotencyKey ?? randomKey();
    }
    if (options.ifMatch !== undefined) headers['if-match'] = `"${options.ifMatch}"`;
    const retries = this.settings.retries ?? usual.retries;
    // Of a try that may have been done all the same.
    let lost: Error | undefined;
    for (let tries = 0; ; tries++) {
      try {
        return (await this.answerOf({ ...operation, headers }, options)) as Answer;
      } catch (error) {
        if (lost !== undefined && error instanceof ApiError) {
          // An earlier try has deleted it, and its answer was lost.
          if (operation.method === 'DELETE' && error.status === 404) return null as Answer;
          // It may be the earlier try that has changed it: that nothing was done is not known.
          if (options.ifMatch !== undefined && error.code === 'PRECONDITION_FAILED') throw lost;
        }
        const pauseMs = tries < retries ? retryPauseMs(error, tries) : undefined;
        if (pauseMs === undefined) throw error;
        if (!(error instanceof ApiError) || error.status >= 500) lost ??= error as Error;
        this.settings.onRetry?.(error);
        await this.pause(pauseMs, options.signal);
      }
    }
  }

  /** An answer that is read while it comes, until the signal is aborted. Tried once, and with no limit of time. */
  async open(operation: Operation, signal: AbortSignal): Promise<Response> {
    const response = await this.fetch(operation, signal).catch((error: unknown) => {
      throw this.errorOf(error, operation, signal);
    });
    if (!response.ok) throw readApiError(response, await response.text());
    return response;
  }

  /** Rejects with the reason of the signal, or as closed. */
  async pause(ms: number, signal?: AbortSignal): Promise<void> {
    const joined = this.join(signal);
    await pause(ms, joined.signal).finally(() => joined.release());
  }

  /** Aborted with the signal, and when the client is closed. */
  join(signal?: AbortSignal): JoinedSignal {
    const joined = new JoinedSignal(signal, () => this.underWay.delete(joined));
    this.underWay.add(joined);
    if (this.closed) joined.abort(this.closed);
    return joined;
  }

  /** Requests that are under way are given up, and no more are made. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = new ConnectionError('The client was closed. Make another one.', 'closed');
    for (const joined of this.underWay) joined.abort(this.closed);
    await this.connection.close?.();
  }

  private async answerOf(operation: Operation, { signal, timeoutMs }: ChangeOptions): Promise<unknown> {
    const limit = this.join(signal);
    limit.within(timeoutMs ?? this.settings.timeoutMs ?? usual.timeoutMs);
    try {
      const response = await this.fetch(operation, limit.signal);
      const text = await response.text();
      if (!response.ok) throw readApiError(response, text);
      return text === '' ? null : readJson(text, operation, this.connection.apiUrl);
    } catch (error) {
      throw this.errorOf(error, operation, limit.signal, limit.isTimedOut);
    } finally {
      limit.release();
    }
  }

  private async fetch({ method, path, query, body, headers }: Operation, signal: AbortSignal): Promise<Response> {
    signal.throwIfAborted();
    const { apiUrl, fetch } = this.connection;
    return fetch(`${apiUrl}${path}${queryString(query ?? {})}`, {
      method,
      headers: {
        ...(await this.connection.headers()),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal,
    });
  }

  private errorOf(error: unknown, { method, path }: Operation, signal: AbortSignal, isTimedOut = false): unknown {
    if (error instanceof ApiError || error instanceof ConnectionError) return error;
    const what = `${method} ${path} of ${this.connection.apiUrl}`;
    if (isTimedOut) return new ConnectionError(`${what} was not answered in time.`, 'timeout', { cause: error });
    if (signal.aborted) return signal.reason;
    // Node says what happened in the cause only.
    const { cause } = error as Error;
    const why = cause instanceof Error && cause.message !== '' ? cause.message : (error as Error).message;
    return new ConnectionError(`${what} was not answered: ${why}.`, 'network', { cause: error });
  }
}

function readJson(text: string, { method, path }: Operation, apiUrl: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = `${method} ${path} was answered by something that is not the API. Does ${apiUrl} lead to it?`;
    throw new ConnectionError(message, 'not-the-api', { cause: error });
  }
}
