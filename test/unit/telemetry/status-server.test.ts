import { startStatusServer } from '../../../src/telemetry/status-server';
import type { StatusServer } from '../../../src/telemetry/status-server';

let missing: string[] = [];
let server: StatusServer;

beforeAll(async () => {
  server = await startStatusServer(
    { host: '127.0.0.1', port: 0 },
    { metrics: () => Promise.resolve('some_total 1\n'), missing: () => Promise.resolve(missing) },
  );
});
afterAll(() => server.close());

const ask = async (path: string, method = 'GET') => {
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
  return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') };
};

it('says that the process is up, and whether it is ready', async () => {
  expect(await ask('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
  expect(await ask('/readyz')).toMatchObject({ status: 200, text: 'ready\n' });
  missing = ['workers: not ready', 'PostgreSQL cannot be reached'];
  expect(await ask('/readyz')).toMatchObject({
    status: 503,
    text: 'workers: not ready; PostgreSQL cannot be reached\n',
  });
  expect(await ask('/healthz')).toMatchObject({ status: 200 });
});

it('says its metrics, and nothing else', async () => {
  expect(await ask('/metrics')).toEqual({
    status: 200,
    text: 'some_total 1\n',
    type: 'text/plain; version=0.0.4; charset=utf-8',
  });
  expect(await ask('/')).toMatchObject({ status: 404 });
  expect(await ask('/metrics', 'POST')).toMatchObject({ status: 405 });
});

it('refuses an address that another process has, and says which variable to change', async () => {
  const taken = startStatusServer({ host: '127.0.0.1', port: server.port }, { metrics: fail, missing: fail });
  await expect(taken).rejects.toMatchObject({
    code: 'SERVER_UNAVAILABLE',
    message: expect.stringContaining('ORCHESTRA_METRICS_ADDRESS') as string,
  });
});

function fail(): Promise<never> {
  return Promise.reject(new Error('nobody asks'));
}
