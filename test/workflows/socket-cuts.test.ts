import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { serveAgent } from '../../src';
import type { AgentWork, ServedAgent } from '../../src';
import { createRandom } from '../../src/domain/random';
import type { RunningApi } from '../../src/main/api';
import { ownPorts } from '../embedded/own-ports';
import { ApiProcess } from '../helpers/events/api-process';
import { CuttingProxy } from '../helpers/sdk/cutting-proxy';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { registerRemote } from './remote-agent-client';

const seed = process.env['ORCHESTRA_SOCKETS_SEED'] ?? 'sockets';
const items = Number(process.env['ORCHESTRA_SOCKETS_ITEMS'] ?? 60);
const kills = 3;

let installation: TestInstallation;
let api: RunningApi;
const served: ServedAgent[] = [];

beforeAll(async () => {
  // Longer than it takes a process to start here: nothing is given up meanwhile.
  installation = await openTestInstallation({ ORCHESTRA_LEASE_MS: '60000' });
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
});
afterAll(async () => {
  await Promise.all(served.map((agent) => agent.stop({ drainMs: 0 })));
  await installation.close();
});

/** An agent that notes what it does; each attempt once, if all is well. */
async function serve(name: string, url: string, work = (_: AgentWork): unknown => null) {
  const { token } = await registerRemote(installation, api, name, { maxConcurrent: 8 });
  const begun: string[] = [];
  const errors: unknown[] = [];
  const agent = serveAgent({
    url,
    token,
    agent: name,
    transport: 'websocket',
    concurrency: 8,
    onError: (error) => errors.push(error),
    run: (one) => {
      begun.push(`${one.task}#${one.attempt}`);
      return work(one);
    },
  });
  served.push(agent);
  return { agent, begun, errors };
}

const startMany = (name: string, count: number) =>
  installation.start(
    `version: 1\nname: p\ntasks: { each: { agent: ${name}, forEach: ${JSON.stringify([...Array(count).keys()])}, input: "\${{ item }}", retry: { attempts: 1 } } }\n`,
  );

async function outcomesOf(session: string): Promise<{ succeeded: number; all: number }> {
  const { rows } = await installation.pool.query<{ succeeded: number; all: number }>(
    `SELECT count(*) FILTER (WHERE verdict = 'succeeded')::int AS succeeded, count(*)::int AS all FROM outcomes WHERE session = $1`,
    [session],
  );
  return rows[0] ?? { succeeded: 0, all: 0 };
}

it('loses and repeats nothing where its connection is cut at random', async () => {
  const random = createRandom(seed);
  const proxy = new CuttingProxy(new URL(api.url), () => 300 + Math.floor(random() * 3_000));
  const { begun } = await serve('cut', await proxy.start(), ({ input }) => input);
  const session = await startMany('cut', items);
  expect((await session.result()).status).toBe('succeeded');
  proxy.stop();
  expect(proxy.cuts).toBeGreaterThan(items / 15);
  // With one try each: nothing was lost, nothing was done twice.
  expect([new Set(begun).size, begun.length]).toEqual([items, items]);
  expect(await outcomesOf(session.id)).toEqual({ succeeded: items, all: items });
  const outputs = await session.outputs();
  expect([...Array(items).keys()].map((item) => outputs.get(`each[${item}]`))).toEqual([...Array(items).keys()]);
});

it('goes on where its API process is killed and started again', async () => {
  const { databaseUrl, temporal } = installation.addresses;
  const own = new ApiProcess(ownPorts().webUi, {
    DATABASE_URL: databaseUrl,
    ORCHESTRA_TEMPORAL_ADDRESS: temporal.connectionOptions.address,
    ORCHESTRA_TASK_QUEUE: installation.configuration.taskQueue,
    ORCHESTRA_SECRET_KEYS: `test:${'A'.repeat(43)}=`,
    ORCHESTRA_RATE_LIMITS: 'off',
  });
  await own.start();
  const finish: (() => void)[] = [];
  const { begun } = await serve('sturdy', own.url, () => new Promise((resolve) => finish.push(() => resolve('done'))));
  for (let kill = 0; kill < kills; kill += 1) {
    const session = await installation.start('version: 1\nname: p\ntasks: { work: { agent: sturdy } }\n');
    await until('it works', () => finish.length === 1);
    await own.kill();
    finish.pop()?.();
    await own.start();
    expect((await session.result()).status).toBe('succeeded');
    expect(await outcomesOf(session.id)).toEqual({ succeeded: 1, all: 1 });
  }
  expect(begun).toEqual(Array(kills).fill('work#1'));
  await own.kill();
});

it('tells its progress', async () => {
  let end: () => void = () => undefined;
  const { token } = await registerRemote(installation, api, 'chatty');
  served.push(
    serveAgent({
      url: api.url,
      token,
      agent: 'chatty',
      transport: 'websocket',
      run: async (_, { progress }) => {
        progress({ percent: 40, message: 'half way' });
        await new Promise<void>((resolve) => (end = resolve));
      },
    }),
  );
  const session = await installation.start('version: 1\nname: p\ntasks: { work: { agent: chatty } }\n');
  await until('it is told', async () => {
    const { rows } = await installation.pool.query(
      'SELECT progress_percent, progress_message FROM leases WHERE session = $1',
      [session.id],
    );
    return JSON.stringify(rows) === '[{"progress_percent":40,"progress_message":"half way"}]';
  });
  end();
  expect((await session.result()).status).toBe('succeeded');
});

it('works without a socket where there is something on the way that knows none', async () => {
  const seen: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url?.split('/').at(-1)}`);
    const { upgrade: _, connection: __, ...headers } = incoming.headers;
    const forwarded = request(`${api.url}${incoming.url}`, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    outgoing.once('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  // Connections that nobody uses stay open, as the answers that it passes on say.
  proxy.keepAliveTimeout = 0;
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const { agent, errors } = await serve('behind', url, ({ input }) => input);
  const session = await startMany('behind', 3);
  expect((await session.result()).status).toBe('succeeded');
  expect(seen.filter((what) => what === 'GET socket')).toHaveLength(1);
  expect(seen).toEqual(expect.arrayContaining(['POST claim', 'POST complete']));
  expect(errors.map(String)).toEqual([expect.stringContaining('NoSocket')]);
  await agent.stop({ drainMs: 0 });
  proxy.closeAllConnections();
  proxy.close();
});
