import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { ClientOptions } from 'ws';
import { FrameSocket } from '../../../src/api/sockets/frame-socket';
import type { PerformedFrame } from '../../../src/api/sockets/frame-socket';
import { until } from '../../helpers/until';

const requestsAtOnce = 64;

interface Begun {
  id: number;
  answer(body?: unknown, undelivered?: () => void): void;
}

let server: WebSocketServer;
let client: WebSocket;
let frames: FrameSocket;
let begun: Begun[];

beforeEach(async () => {
  begun = [];
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  await connect();
});

async function connect(options: ClientOptions = {}): Promise<void> {
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
  const [[socket, request]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [
    [WebSocket, IncomingMessage],
    unknown,
  ];
  frames = new FrameSocket(socket, {
    readJson: (bytes) => JSON.parse(bytes.toString()) as unknown,
    perform: ({ body }) =>
      new Promise<PerformedFrame>((resolve) => {
        const answer: Begun['answer'] = (said, undelivered) =>
          resolve({ status: 200, body: said ?? null, ...(undelivered && { undelivered }) });
        begun.push({ id: (body as { nth: number }).nth, answer });
      }),
    refuse: (error) => ({ status: 500, body: String(error) }),
    bytesRead: () => request.socket.bytesRead,
    mayStill: () => Promise.resolve(true),
    // Both sides are in this process: where it stands still for a moment, neither is gone.
    pingMs: 200,
  });
}
afterEach(async () => {
  client.terminate();
  await frames.closed;
  await new Promise((resolve) => server.close(resolve));
});

const large = 'x'.repeat(1024 * 1024);

/** More than the system keeps between two sockets of one machine. */
const manyLarge = 40;

function ask(count: number, padding = ''): void {
  for (let nth = 0; nth < count; nth += 1) {
    client.send(JSON.stringify({ id: `${nth} ${padding.length}`, verb: 'work', body: { nth, padding } }));
  }
}

it('begins no more requests than it may, and the next one when one has ended', async () => {
  ask(requestsAtOnce + 2);
  await until('as many are begun as may be', () => begun.length === requestsAtOnce);
  begun[0]?.answer('done');
  expect(JSON.parse(String((await once(client, 'message'))[0]))).toEqual({ id: '0 0', status: 200, body: 'done' });
  await until('the next one is begun', () => begun.length > requestsAtOnce);
  expect(begun.map(({ id }) => id)).toEqual([...Array(requestsAtOnce + 1).keys()]);
});

it('reads no more while as many are under way, however much is sent', async () => {
  ask(requestsAtOnce);
  await until('as many are begun as may be', () => begun.length === requestsAtOnce);
  ask(manyLarge, large);
  // It is looked at a few times whether this side is there, which nothing here keeps from answering.
  for (let pings = 0; pings < 3; pings += 1) await once(client, 'ping');
  expect(begun).toHaveLength(requestsAtOnce);
  expect(client.bufferedAmount).toBeGreaterThan((manyLarge / 2) * large.length);
  await until('all of them are begun', () => {
    begun.forEach(({ answer }) => answer());
    return begun.length === requestsAtOnce + manyLarge;
  });
});

it('waits for a frame that takes longer than a sign of life may, as long as more of it comes', async () => {
  client.terminate();
  await frames.closed;
  // A pong cannot come in the middle of a frame.
  await connect({ autoPong: false });
  const text = JSON.stringify({ id: 'slow', verb: 'work', body: { nth: 1 } });
  const connection = (client as unknown as { _socket: Socket })._socket;
  // RFC 6455, section 5.2: the last piece of a text, and its length, masked by zeros.
  connection.write(Buffer.from([0x81, 0x80 + text.length, 0, 0, 0, 0]));
  for (const piece of text.match(/.{1,6}/g) ?? []) {
    await once(client, 'ping');
    connection.write(piece);
  }
  await until('it is begun', () => begun.length === 1);
});

it('lets go who says nothing any more', async () => {
  client.terminate();
  await frames.closed;
  await connect({ autoPong: false });
  await once(client, 'close');
  await frames.closed;
});

it('does not read whom nobody reads the answers of, and lets them go in the end', async () => {
  client.pause();
  ask(requestsAtOnce);
  await until('they are begun', () => begun.length === requestsAtOnce);
  begun.forEach(({ answer }) => answer(large));
  ask(manyLarge, large);
  await frames.closed;
  expect(begun).toHaveLength(requestsAtOnce);
});

it('says which answers did not go out', async () => {
  ask(2);
  await until('they are begun', () => begun.length === 2);
  const undelivered: number[] = [];
  begun[0]?.answer('there', () => undelivered.push(0));
  await once(client, 'message');
  client.terminate();
  await frames.closed;
  begun[1]?.answer('nowhere', () => undelivered.push(1));
  await until('it is said', () => undelivered.length > 0);
  expect(undelivered).toEqual([1]);
});
