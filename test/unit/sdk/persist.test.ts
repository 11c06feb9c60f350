import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AgentApi } from '../../../src/sdk/agent-api';
import { ApiError } from '../../../src/sdk/api-error';
import { persist } from '../../../src/sdk/persist';

const { signal } = new AbortController();

/** The pauses made before these failures came to an end. */
async function pausesAfter(...failures: Error[]): Promise<number[]> {
  const pauses: number[] = [];
  const left = [...failures];
  await persist(
    () => {
      const failure = left.shift();
      return failure === undefined ? Promise.resolve('answered') : Promise.reject(failure);
    },
    { signal, onError: () => undefined, wait: async (ms) => void pauses.push(ms) },
  );
  return pauses;
}

const away = (retryAfterMs?: number): ApiError =>
  new ApiError(503, 'SERVER_UNAVAILABLE', 'away', retryAfterMs === undefined ? {} : { retryAfterMs });

it('makes longer and longer pauses, none of them quite like that of another agent', async () => {
  const pauses = await pausesAfter(...Array.from({ length: 8 }, () => new Error('the network')));
  pauses.forEach((pause, tries) => {
    const longest = Math.min(200 * 2 ** tries, 5_000);
    expect(pause).toBeGreaterThanOrEqual(longest / 2);
    expect(pause).toBeLessThanOrEqual(longest);
  });
  expect(await pausesAfter(...Array.from({ length: 8 }, () => new Error('the network')))).not.toEqual(pauses);
});

it('comes back no sooner than it is asked to, and not all agents in the same moment', async () => {
  const [first = 0, second = 0] = await pausesAfter(away(7_000), away());
  expect(first).toBeGreaterThan(7_000);
  expect(first).toBeLessThanOrEqual(7_100);
  expect(second).toBeLessThanOrEqual(400);
});

it('does not stay away for so long that it loses what it holds', async () => {
  const [pause = 0] = await pausesAfter(away(3_600_000));
  expect(pause).toBeLessThanOrEqual(30_100);
});

it('gives up where it is refused for good', async () => {
  const refused = new ApiError(401, 'TOKEN_INVALID', 'no');
  await expect(pausesAfter(refused)).rejects.toBe(refused);
});

it.each([
  ['3', 3_000],
  [undefined, undefined],
  ['soon', undefined],
])('is told by Retry-After: %s', async (header, retryAfterMs) => {
  const server = createServer((_, response) => {
    response.writeHead(429, header === undefined ? {} : { 'retry-after': header }).end('busy');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = new AgentApi({ url, token: 't', agent: 'a' });
  const answer = api.claim({ claimId: 'c', max: 1, waitMs: 0, repeated: false });
  await expect(answer).rejects.toMatchObject({ status: 429, retryable: true, retryAfterMs });
  server.closeAllConnections();
  server.close();
});
