import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { serveAgent } from '../../../src';

const work = {
  ...{ workspace: 'default', session: 's', task: 'work', attempt: 1, token: 7 },
  ...{ leaseMs: 60_000, timeoutMs: 60_000, input: null },
};

/** An API that hands out one attempt, and takes no result: it is silent, or gone. */
async function apiThat(does: (answer: ServerResponse) => void) {
  let isHandedOut = false;
  let told: () => void = () => undefined;
  const hasResult = new Promise<void>((resolve) => (told = resolve));
  const server = createServer((request, answer) => {
    const verb = request.url?.split('/').at(-1);
    if (verb === 'complete') {
      does(answer);
      return told();
    }
    if (verb !== 'claim' || isHandedOut) return;
    isHandedOut = true;
    answer.end(JSON.stringify({ work: [work] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, hasResult, close };
}

it.each([
  ['does not answer', false],
  ['is gone', true],
])('stops, though the API that was to hear of its result %s', async (_, isGone) => {
  const api = await apiThat(() => isGone && setImmediate(() => api.close()));
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const agent = serveAgent({ url: api.url, token: 't', agent: 'ada', run: () => 'done', onError });
  await api.hasResult;
  await agent.stop({ drainMs: 0 });
  await agent.ended;
  expect(errors.length).toBeGreaterThan(0);
  api.close();
});
