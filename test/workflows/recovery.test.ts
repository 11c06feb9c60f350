import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AgentDefinition } from '../../src/domain/agents/agent';
import { runHost } from '../../src/main/run-host';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';

let installation: TestInstallation;
/** In trouble until somebody posts to /restart. */
let service: Server;
let isWell = false;

beforeAll(async () => {
  service = createServer((request, response) => {
    isWell ||= request.url === '/restart';
    response.writeHead(isWell ? 200 : 503).end();
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  installation = await openTestInstallation({ ORCHESTRA_HEALTH_INTERVAL_MS: '1000' });
});
afterAll(async () => {
  await installation.close();
  await new Promise((resolve) => service.close(resolve));
});

const address = (path: string): string => `http://127.0.0.1:${(service.address() as AddressInfo).port}/${path}`;
const register = (name: string, parts: Partial<AgentDefinition>): Promise<void> =>
  installation.agents.add('default', [definitionOf(name, parts)]);
const eventsOf = async (name: string) =>
  (await installation.breakers.events({ workspace: 'default', name }, 100)).reverse();
const node = (script: string): string[] => [process.execPath, '-e', script];

describe('where workers run', () => {
  beforeAll(() => installation.startWorkers(['sessions', 'agents', 'health']).then(() => undefined));

  it('a program that could do no work is noted by who would run it, and one that could is not', async () => {
    const probe = (script: string) => ({ probe: { command: node(script), timeoutMs: 10_000, exitCode: 0 } });
    await register('broken', probe('console.error("no licence"); process.exit(3)'));
    await register('sound', probe(''));
    await until('it is noted', async () => (await eventsOf('broken')).length > 0);
    expect(await eventsOf('broken')).toMatchObject([
      { kind: 'unreachable', why: `${process.execPath}: exit 3, no licence` },
    ]);
    expect(await eventsOf('sound')).toEqual([]);
  });

  it('a service that cannot be reached is restarted where the workspace lets it be, and works again', async () => {
    await installation.client.settings.change({ set: { 'recovery.automatic': 'probe,restart,alert' }, unset: [] });
    await register('service', {
      connector: { connector: 'http', url: address('work'), headers: {} },
      restart: { command: node(`fetch('${address('restart')}', { method: 'POST' })`), timeoutMs: 10_000 },
    });
    // One worker tells of it while another restarts it.
    await until('it is restarted, and told of', async () => {
      const kinds = (await eventsOf('service')).map(({ kind }) => kind);
      return kinds.includes('alerted') && kinds.includes('restarted');
    });
    const events = await eventsOf('service');
    expect(events[0]).toMatchObject({ kind: 'unreachable' });
    const bySetting = { by: 'setting recovery.automatic', why: expect.stringContaining('it cannot be reached') };
    expect(events.filter(({ kind }) => kind === 'alerted')).toMatchObject([bySetting]);
    expect(events.filter(({ kind }) => kind === 'restarted')).toMatchObject([bySetting]);
    const told = await installation.alerts.history('default', 10);
    expect(told.filter(({ agent }) => agent === 'service')).toMatchObject([{ type: 'agent' }]);
    const key = { workspace: 'default', name: 'service' };
    const id = await installation.recoveries.request(key, 'probe', { by: 'ada', why: null });
    await until('somebody looked', async () => (await installation.recoveries.endOf(key, id)) !== undefined);
    expect(await installation.recoveries.endOf(key, id)).toEqual({ succeeded: true, detail: 'HTTP 200' });
    expect(await eventsOf('service')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'reachable' }),
        expect.objectContaining({ kind: 'probed', by: 'ada' }),
      ]),
    );
  });
});

it('a program that lives on a host is looked at there, with what the host lets it see', async () => {
  const definition = definitionOf('tool', {
    connector: { connector: 'command', command: ['tool'], env: ['TOOL_KEY'], stdin: 'json', output: 'json' },
    probe: { command: node('process.exit(process.env.TOOL_KEY === "7" ? 5 : 6)'), timeoutMs: 10_000, exitCode: 5 },
  });
  const environment = { ...process.env, TOOL_KEY: '7' };
  const host = await runHost(
    installation,
    { name: 'build', maxConcurrent: 2, agents: [definition] },
    environment,
    () => undefined,
  );
  const key = { workspace: 'default', name: 'tool@build' };
  const id = await installation.recoveries.request(key, 'probe', { by: 'ada', why: null });
  await until('the host looked', async () => (await installation.recoveries.endOf(key, id)) !== undefined);
  await host.ready;
  await host.stop();
  expect(await installation.recoveries.endOf(key, id)).toEqual({
    succeeded: true,
    detail: `${process.execPath}: exit 5`,
  });
});
