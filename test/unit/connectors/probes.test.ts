import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { probeAddress } from '../../../src/connectors/http/probe-address';

let server: Server;
const asked: (string | undefined)[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.method);
    if (request.url === '/slow') return;
    response.writeHead(Number(request.url?.slice(1))).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const at = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`;
const noLimit = new AbortController().signal;

it.each([
  ['200', 'reachable'],
  ['405', 'reachable'],
  ['401', 'reachable'],
  ['503', 'unreachable'],
])('an address that answers %s is %s, and is asked for no work', async (status, says) => {
  expect(await probeAddress(at(status), noLimit)).toEqual({ says, detail: `HTTP ${status}` });
  expect(asked.at(-1)).toBe('HEAD');
});

it('an address that nobody listens at, or that does not answer in time, is unreachable', async () => {
  expect(await probeAddress('http://127.0.0.1:1/', noLimit)).toEqual({ says: 'unreachable', detail: 'ECONNREFUSED' });
  expect(await probeAddress(at('slow'), AbortSignal.timeout(20))).toEqual({
    says: 'unreachable',
    detail: 'no answer in time',
  });
});

it('an address that an attempt fills in cannot be looked at', async () => {
  expect(await probeAddress('https://${{ secrets.HOST }}/', noLimit)).toMatchObject({ says: 'unknown' });
});
