import type { OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, LightMyRequestResponse as Answer } from 'fastify';
import { problemOf, problemType } from '../api/problem';
import { OrchestraError } from '../domain/errors';
import type { Fetch } from '../sdk/client/options';
import { openApi } from './api';
import { readConfiguration } from './configuration';
import type { DirectOptions } from './direct-options';
import { openInstallation } from './installation';

export interface DirectApi {
  isOpen: boolean;
  fetch: Fetch;
  close(): Promise<void>;
}

/** Connects to the servers. Where that fails, every request is answered with why. */
export async function openDirectApi(options: DirectOptions): Promise<DirectApi> {
  try {
    return await connect(options);
  } catch (error) {
    if (!(error instanceof OrchestraError)) throw error;
    return { isOpen: false, fetch: () => Promise.resolve(refusalOf(error)), close: () => Promise.resolve() };
  }
}

async function connect({ temporal, database, workspace, taskQueue, ...options }: DirectOptions): Promise<DirectApi> {
  const { address, namespace } =
    typeof temporal === 'string' ? { address: temporal } : { namespace: undefined, ...temporal };
  const configuration = readConfiguration({
    ...(options.environment ?? process.env),
    DATABASE_URL: database,
    ORCHESTRA_TEMPORAL_ADDRESS: address,
    ...(namespace !== undefined && { TEMPORAL_NAMESPACE: namespace }),
    ...(workspace !== undefined && { ORCHESTRA_WORKSPACE: workspace }),
    ...(taskQueue !== undefined && { ORCHESTRA_TASK_QUEUE: taskQueue }),
  });
  const report = (message: string): void => options.onReport?.(message);
  if (!configuration.temporal) throw new OrchestraError('USAGE', 'Say the address of Temporal in "temporal".');
  const addresses = { databaseUrl: database, temporal: configuration.temporal, webUiUrl: null };
  const installation = await openInstallation(addresses, configuration, report);
  const principal = { workspace: configuration.workspace, role: 'admin' as const, subject: options.as ?? 'sdk' };
  const { app, close } = await openApi(installation, report, () => Promise.resolve(principal)).catch(
    async (error: unknown) => {
      await installation.close();
      throw error;
    },
  );
  return {
    isOpen: true,
    fetch: fetchFrom(app),
    close: async () => {
      await close();
      await installation.close();
    },
  };
}

const statusesWithoutBody = [204, 205, 304];

/** Requests of an API that does not listen. */
function fetchFrom(app: FastifyInstance): Fetch {
  return async (url, { method = 'GET', headers, body, signal }) => {
    const { pathname, search } = new URL(url);
    const answer = await unlessAborted(signal ?? undefined, () =>
      app.inject({
        method: method as 'GET',
        url: pathname + search,
        headers: headers as Record<string, string>,
        ...(typeof body === 'string' && { payload: body }),
        payloadAsStream: true,
      }),
    );
    const stream = answer.stream();
    const leave = (): void => void answer.raw.res.destroy();
    signal?.addEventListener('abort', leave);
    // Whoever stops reading is gone.
    stream.once('close', () => {
      signal?.removeEventListener('abort', leave);
      leave();
    });
    const isEmpty = statusesWithoutBody.includes(answer.statusCode);
    if (isEmpty) stream.resume();
    return new Response(isEmpty ? null : readable(stream), {
      status: answer.statusCode,
      headers: headersOf(answer.headers),
    });
  };
}

/** A request that has begun is not stopped: nobody reads its answer. (With a signal of its own, `inject` makes the server fail.) */
async function unlessAborted(signal: AbortSignal | undefined, ask: () => Promise<Answer>): Promise<Answer> {
  signal?.throwIfAborted();
  const answering = ask();
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => (stop = () => reject(signal?.reason as Error)));
  signal?.addEventListener('abort', stop);
  try {
    return await Promise.race([answering, stopped]);
  } catch (error) {
    answering.then(({ raw }) => raw.res.destroy()).catch(() => undefined);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function readable(stream: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
}

function headersOf(headers: OutgoingHttpHeaders): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one): [string, string] => [name, String(one)]),
  );
}

function refusalOf(error: OrchestraError): Response {
  const problem = problemOf(error, 'direct');
  return new Response(JSON.stringify(problem), { status: problem.status, headers: { 'content-type': problemType } });
}
