import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { buildApi } from '../../../src/api/build-api';
import type { Gateway } from '../../../src/api/gateway';
import type { AgentWorkDependencies } from '../../../src/api/routes/agent-work';
import { WaitingRequests } from '../../../src/api/waiting-requests';
import { createLogger } from '../../../src/telemetry/logger';
import { OrchestraError } from '../../../src/domain/errors';
import { rawAttacks, rawBenign } from '../../helpers/attacks/raw-requests';
import { noAudit } from './no-audit';

let app: FastifyInstance;
let port: number;
const errors: unknown[] = [];
const done: string[] = [];

beforeAll(async () => {
  const session = {
    id: 's',
    overview: () => Promise.resolve({}),
    pause: () => {
      done.push('pause');
      return Promise.resolve({ status: 'paused' });
    },
  };
  const missing = (): Promise<never> =>
    Promise.reject(new OrchestraError('SESSION_NOT_FOUND', 'There is no such session.'));
  const nothing = { overview: missing };
  app = await buildApi({
    audit: noAudit,
    gateway: {
      recognise: (token: string) =>
        token === 'good'
          ? Promise.resolve({ workspace: 'acme', role: 'user', subject: 'token:test' })
          : Promise.reject(new OrchestraError('TOKEN_INVALID', 'The token is not valid.')),
      live: { hub: { close: () => undefined } },
      clientOf: () => ({ list: () => Promise.resolve([]), handle: (id: string) => (id === 's' ? session : nothing) }),
    } as unknown as Gateway,
    work: { forWork: new WaitingRequests(), forCancel: new WaitingRequests() } as AgentWorkDependencies,
    recogniseAgent: () => Promise.reject(new Error('no agent comes')),
    limiter: undefined,
    front: { corsOrigins: [], trustedProxies: [] },
    login: undefined,
    // Who is quick has to be it on a busy machine too, with everybody else in this process.
    requestTimeoutMs: 2_400,
    log: createLogger('silent', process.stderr),
    onError: (error) => errors.push(error),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
});
afterAll(() => app.close());
afterEach(() => expect(errors.splice(0)).toEqual([]));

/** All that is answered until the connection is closed; `closed` where that is nothing. */
function answersTo(send: (socket: Socket) => void): Promise<(number | 'closed')[]> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => send(socket));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    // Whoever is refused while they write is cut off.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
      resolve(statuses.length === 0 ? ['closed'] : statuses);
    });
  });
}

/** All side by side: each waits until it is cut off. */
function sendAll(requests: typeof rawAttacks): Map<string, ReturnType<typeof answersTo>> {
  return new Map(
    Object.entries(requests).map(([name, { sent }]) => [name, answersTo((socket) => void socket.write(sent))]),
  );
}

describe('attacks', () => {
  let answersOf: ReturnType<typeof sendAll>;
  beforeAll(() => {
    answersOf = sendAll(rawAttacks);
  });

  it.each(Object.entries(rawAttacks))('refuses %s', async (name, { expected }) => {
    const answers = (await answersOf.get(name)) ?? [];
    // One answer: nothing that was hidden behind it is taken for a request of its own.
    expect(answers).toHaveLength(1);
    expect(expected).toContain(answers[0]);
  });

  it('has done nothing of that', () => expect(done).toEqual([]));
});

describe('what is unusual and means no harm', () => {
  let answersOf: ReturnType<typeof sendAll>;
  beforeAll(() => {
    answersOf = sendAll(rawBenign);
  });

  it.each(Object.entries(rawBenign))('answers %s', async (name, { expected }) => {
    expect(await answersOf.get(name)).toEqual(expected);
  });
});

it.each<[string, (socket: Socket) => void]>([
  ['who says nothing', () => undefined],
  ['who begins a line and stops', (socket) => void socket.write('GET /v1/ses')],
  ['who sends a header now and then', (socket) => trickle(socket, 'GET /v1/sessions HTTP/1.1\r\n', 'x-a: b\r\n')],
  [
    'who sends a body byte by byte',
    (socket) =>
      trickle(
        socket,
        'POST /v1/sessions/s/pause HTTP/1.1\r\nhost: a\r\nauthorization: Bearer good\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n',
        ' ',
      ),
  ],
])('waits no longer than the time of a request for one %s', async (_, send) => {
  expect([408, 'closed']).toContain((await answersTo(send))[0]);
});

function trickle(socket: Socket, first: string, then: string): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(then), 100);
  socket.on('close', () => clearInterval(timer));
}

it('answers others while a hundred slow ones are connected', async () => {
  const slow = Array.from({ length: 100 }, () => answersTo((socket) => void socket.write('GET /')));
  const { sent } = rawBenign['a plain request'] ?? { sent: '' };
  expect(await answersTo((socket) => void socket.write(sent))).toEqual([200]);
  await Promise.all(slow);
});
