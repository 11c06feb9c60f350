import { definitionOf } from '../helpers/agent-definitions';
import { until } from '../helpers/until';
import type { TestInstallation } from '../helpers/servers/test-installation';
import type { ControlledAgent } from './controlled-agent';
import { openWithAgent } from './open-with-agent';

let installation: TestInstallation;
let agent: ControlledAgent;
let close: () => Promise<void>;
beforeAll(async () => ({ installation, agent, close } = await openWithAgent()));
afterAll(() => close());

const set = (key: string, value: unknown) => installation.client.settings.change({ set: { [key]: value }, unset: [] });

it('price the tokens that an agent reports, by the latest that the workspace says', async () => {
  const usage = '{"type":"usage","inputTokens":1000000,"outputTokens":100000,"model":"ours"}';
  const plan = `
version: 1
name: tokens
budget: { costUsd: 100 }
agents: { counting: { connector: command, command: [sh, -c, 'echo "$0"; echo 1', '${usage}'] } }
tasks: { count: { agent: counting, reserve: { costUsd: 9 } } }
`;
  const spent = async (): Promise<unknown> => {
    const session = await installation.start(plan);
    expect(await session.result()).toMatchObject({ status: 'succeeded', outputs: {} });
    const [{ spent: micros, kept } = { spent: -1, kept: -1 }] = await installation.client.budgets.ofSession(session.id);
    return { micros, kept };
  };
  expect(await spent()).toEqual({ micros: 0, kept: 9_000_000 });
  await set('prices.ours', '3/15');
  await until('workers have heard of the price', async () => {
    const { micros } = (await spent()) as { micros: number };
    return micros === 4_500_000;
  });
});

it('and agents are kept at hand by workers, which say how often that spared them to read', async () => {
  const connector = { connector: 'http' as const, url: agent.url, headers: {} };
  await installation.agents.add('default', [definitionOf('kept', { connector })]);
  const session = await installation.start('version: 1\nname: p\ntasks: { kept: { agent: kept } }\n');
  await agent.answer('kept', { session: session.id });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  await until('the worker has said so', async () => (await installation.caches.list('default')).length > 0);
  const [counts] = await installation.caches.list('default');
  expect(counts?.read).toBeGreaterThan(0);
  expect(counts?.asked).toBeGreaterThanOrEqual(counts?.read ?? Infinity);
});

it('keep a workspace within its room, and let who waits go on when there is some', async () => {
  await set('maxConcurrent', 1);
  const plan = `
version: 1
name: room
agents: { web: { connector: http, url: "${agent.url}" } }
tasks: { work: { agent: web } }
`;
  const first = await installation.start(plan);
  await agent.arrival('work', 1, first.id);
  const second = await installation.start(plan);
  await until('the second waits', async () => (await second.overview()).status === 'waiting');
  expect(await second.runs()).toMatchObject([{ reason: 'places', waitsFor: 'room in the workspace: 1 of 1' }]);
  await agent.answer('work', { session: first.id });
  await agent.answer('work', { session: second.id });
  expect(await second.result()).toMatchObject({ status: 'succeeded' });
});
