import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { FrameRequests } from '../../../src/sdk/socket/frame-requests';

class FakeSocket extends EventEmitter {
  readonly CLOSED = 3;
  readyState = 1;
  readonly sent: string[] = [];

  send(text: string): void {
    this.sent.push(text);
  }
  terminate(): void {
    this.readyState = 3;
    this.emit('close', 1006, Buffer.alloc(0));
  }
}

const hear = (socket: FakeSocket, text: string): boolean => socket.emit('message', Buffer.from(text));

it('gives each request its own answer', async () => {
  const socket = new FakeSocket();
  const requests = new FrameRequests(socket as unknown as WebSocket, () => undefined);
  const both = [requests.ask('claim', {}), requests.ask('heartbeat', {})];
  hear(socket, '{"id":"2","status":200,"body":{"stop":[]}}');
  hear(socket, '{"id":"1","status":200,"body":{"work":[]}}');
  expect(await Promise.all(both)).toEqual([{ work: [] }, { stop: [] }]);
  socket.terminate();
});

it.each(['hello', 'null', '7'])('ends a connection that says %s: somebody else answers', async (text) => {
  const socket = new FakeSocket();
  const requests = new FrameRequests(socket as unknown as WebSocket, () => undefined);
  const asked = requests.ask('claim', {});
  hear(socket, text);
  await expect(asked).rejects.toThrow('was closed (1006)');
});
