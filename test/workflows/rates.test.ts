import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { startsByWindow } from '../stores/rate-windows';

let installation: TestInstallation;

beforeAll(async () => {
  // Nobody looks by himself, in case that he was not told.
  installation = await openTestInstallation({ ORCHESTRA_LEASE_MS: '600000' });
  await installation.startWorkers();
});
afterAll(() => installation.close());

const set = (rateLimit: string) => installation.client.settings.change({ set: { rateLimit }, unset: [] });

it('sessions start no more in a window than their workspace says, and go on when the next one opens', async () => {
  await set('3/1s');
  const plan = `
version: 1
name: many
agents: { quick: { connector: simulated } }
tasks: { each: { forEach: [1, 2, 3, 4, 5, 6], agent: quick } }
`;
  const sessions = await Promise.all([installation.start(plan), installation.start(plan)]);
  for (const session of sessions) expect(await session.result()).toMatchObject({ status: 'succeeded' });
  const starts = await startsByWindow(installation.pool, 'workspace/rate/1s');
  expect(Math.max(...starts)).toBe(3);
  expect(starts.reduce((sum, count) => sum + count, 0)).toBe(12);
  await installation.client.settings.change({ set: {}, unset: ['rateLimit'] });
});

it('an agent starts no more in a window than its definition says, and another one does the rest', async () => {
  const code = [{ name: 'code', proficiency: 1, technologies: [] }];
  const connector = { connector: 'simulated' as const, latency: { kind: 'fixed' as const, ms: 0 }, successRate: 1 };
  await installation.agents.add('default', [
    definitionOf('ada', { connector, capabilities: code, maxConcurrent: 5, rateLimit: '2/1s' }),
    definitionOf('bob', { connector, capabilities: code, maxConcurrent: 5, rateLimit: '3/1s' }),
  ]);
  const plan = `
version: 1
name: shared
tasks: { each: { forEach: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], agent: { capability: code } } }
`;
  const session = await installation.start(plan);
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(Math.max(...(await startsByWindow(installation.pool, 'agent/default/ada/rate/1s')))).toBe(2);
  expect(Math.max(...(await startsByWindow(installation.pool, 'agent/default/bob/rate/1s')))).toBe(3);
  const runs = (await session.runs()).filter(({ item }) => item >= 0);
  expect(new Set(runs.map(({ agent }) => agent))).toEqual(new Set(['ada', 'bob']));
});
