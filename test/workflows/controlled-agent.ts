import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '../../src/domain/json';
import { until } from '../helpers/until';

interface Visit {
  session: string;
  task: string;
  attempt: number;
  prompt: string | null;
  input: Json;
  headers: IncomingHttpHeaders;
  /** The orchestrator has hung up: the attempt was told to stop. */
  isStopped: boolean;
  response: ServerResponse;
}

type OutputOf = (visit: Visit) => Json;

/** An agent behind HTTP that works until the test lets it answer. */
export interface ControlledAgent {
  url: string;
  /** Every request so far, oldest first. */
  visits: Visit[];
  /** The most requests that were open at once. */
  mostAtOnce(): number;
  /** Waits until the attempt has come. */
  arrival(task: string, attempt?: number, session?: string): Promise<Visit>;
  /** Waits for the attempt and answers it, by default with success. */
  answer(task: string, answer?: { attempt?: number; session?: string; status?: number; output?: Json }): Promise<void>;
  /** Every request that is open is answered, and from now on each by itself after this time. An output may hang on the request. */
  answerAll(afterMs: number, output?: Json | OutputOf, status?: number): void;
  close(): Promise<void>;
}

export async function startControlledAgent(): Promise<ControlledAgent> {
  const visits: Visit[] = [];
  let open = 0;
  let mostAtOnce = 0;
  let automatic: { afterMs: number; output: Json | OutputOf; status: number } | undefined;

  const reply = (visit: Visit, status: number, output: Json | OutputOf): void => {
    if (visit.response.writableEnded) return;
    const body = typeof output === 'function' ? output(visit) : output;
    visit.response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    if (request.method === 'HEAD') return void response.writeHead(405).end();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Pick<
        Visit,
        'session' | 'task' | 'attempt' | 'prompt' | 'input'
      >;
      const visit: Visit = { ...body, headers: request.headers, isStopped: false, response };
      open += 1;
      mostAtOnce = Math.max(mostAtOnce, open);
      response.on('close', () => {
        open -= 1;
        visit.isStopped = !response.writableEnded;
      });
      visits.push(visit);
      if (automatic) setTimeout(reply, automatic.afterMs, visit, automatic.status, automatic.output);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const find = (task: string, attempt: number, session?: string): Visit | undefined =>
    visits.find(
      (visit) => visit.task === task && visit.attempt === attempt && (session ?? visit.session) === visit.session,
    );
  const arrival: ControlledAgent['arrival'] = async (task, attempt = 1, session) => {
    await until(`attempt ${attempt} of ${task} has come`, () => find(task, attempt, session) !== undefined);
    const visit = find(task, attempt, session);
    if (!visit) throw new Error('a visit has gone');
    return visit;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    visits,
    mostAtOnce: () => mostAtOnce,
    arrival,
    answer: async (task, { attempt = 1, session, status = 200, output = { ok: true } } = {}) =>
      reply(await arrival(task, attempt, session), status, output),
    answerAll: (afterMs, output = { ok: true }, status = 200) => {
      automatic = { afterMs, output, status };
      visits.filter(({ response }) => !response.writableEnded).forEach((visit) => reply(visit, status, output));
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
