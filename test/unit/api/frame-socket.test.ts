import { EventEmitter } from 'node:events';
import { setImmediate as nextRound } from 'node:timers/promises';
import type { WebSocket } from '@fastify/websocket';
import { FrameSocket } from '../../../src/api/sockets/frame-socket';
import type { FrameAnswer } from '../../../src/api/sockets/frame-socket';

/** The socket of somebody, without a network. */
class FakeSocket extends EventEmitter {
  readyState = 1;
  isPaused = false;
  readonly sent: { id: string; status: number }[] = [];

  send(text: string, done: () => void): void {
    this.sent.push(JSON.parse(text) as { id: string; status: number });
    done();
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  close(): void {
    this.readyState = 3;
    this.emit('close');
  }

  async ask(...ids: string[]): Promise<void> {
    for (const id of ids) this.emit('message', Buffer.from(JSON.stringify({ id, verb: 'claim', body: {} })), false);
    await nextRound();
  }
}

/** Requests that are answered by hand, or when they have gone. */
function open() {
  const socket = new FakeSocket();
  const performed: (() => void)[] = [];
  const frames = new FrameSocket(socket as unknown as WebSocket, {
    readJson: (bytes) => JSON.parse(bytes.toString()) as unknown,
    perform: (_, gone) =>
      new Promise<FrameAnswer>((resolve) => {
        const end = (): void => resolve({ status: 200, body: {} });
        performed.push(end);
        gone.addEventListener('abort', end);
      }),
    refuse: () => ({ status: 400, body: {} }),
    bytesRead: () => 0,
    mayStill: () => Promise.resolve(true),
  });
  return { socket, performed, frames };
}

const ids = (count: number, prefix = 'r'): string[] => Array.from({ length: count }, (_, nth) => `${prefix}${nth}`);

it('does nothing of what still waited when the connection was closed: nobody would hear of it', async () => {
  const { socket, performed, frames } = open();
  await socket.ask(...ids(64), ...ids(3, 'waiting'));
  expect(performed).toHaveLength(64);
  socket.close();
  await frames.closed;
  await nextRound();
  expect([performed.length, socket.sent]).toEqual([64, []]);
});

it('takes the next that waits in place of one that is refused', async () => {
  const { socket, performed } = open();
  // Two of the requests go on; those with the name of one of them are refused when it is their turn.
  await socket.ask(...ids(64), ...Array.from({ length: 70 }, () => 'r0'), 'last');
  for (const end of performed.slice(2)) end();
  await nextRound();
  expect(performed).toHaveLength(65);
  performed[64]?.();
  await nextRound();
  expect(socket.sent.at(-1)).toMatchObject({ id: 'last', status: 200 });
  expect(socket.sent.filter(({ status }) => status === 400)).toHaveLength(70);
  socket.close();
});
