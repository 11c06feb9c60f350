import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import fastify from 'fastify';
import { answerBeforeClosing } from '../../../src/api/answer-before-closing';

afterEach(() => jest.useRealTimers());

/** An API whose one answer goes on until `letGo`, and who listens to it. */
async function listen() {
  const app = fastify();
  const answer = new Readable({ read: () => undefined });
  answer.push('begun');
  const told: string[] = [];
  answerBeforeClosing(app, () => {
    told.push('let go');
    answer.push(null);
  });
  const over = new Promise<void>((resolve) => {
    app.post('/', (_, reply) => {
      reply.raw.once('close', () => resolve());
      return reply.send(answer);
    });
  });
  const sent = request(await app.listen({ host: '127.0.0.1', port: 0 }), { method: 'POST', agent: false });
  sent.on('error', () => undefined);
  sent.setHeader('content-type', 'application/json').end('{}');
  const [received] = (await once(sent, 'response')) as [IncomingMessage];
  // Its patience is never over: what closes, waits for nobody.
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'hrtime', 'Date'] });
  return { app, sent, received, over, told };
}

test('whoever has left in the middle of an answer is not waited for', async () => {
  const { app, sent, over, told } = await listen();
  sent.destroy();
  await over;
  await app.close();
  expect(told).toEqual(['let go']);
});

test('whoever waits for an answer gets it to its end', async () => {
  const { app, received, over } = await listen();
  let text = '';
  received.on('data', (part: Buffer) => (text += part.toString()));
  await Promise.all([app.close(), over, once(received, 'end')]);
  expect(text).toBe('begun');
});
