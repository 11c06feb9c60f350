import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';

let installation: TestInstallation;
let agent: ControlledAgent;

beforeAll(async () => {
  [installation, agent] = await Promise.all([openTestInstallation(), startControlledAgent()]);
  // Nobody else: what is not settled in turns is not settled.
  await installation.startWorkers(['sessions']);
});
afterAll(async () => {
  await agent.close();
  await installation.close();
});

const plan = (tasks: string): string => `
version: 1
name: paid
budget: { costUsd: 10 }
defaults: { retry: { attempts: 1 }, reserve: { costUsd: 1 } }
agents:
  ada: { connector: http, url: '${agent.url}', inline: true, capabilities: [write] }
  bob: { connector: http, url: '${agent.url}', inline: true, capabilities: [write] }
tasks:
${tasks}`;

const paid = (costUsd: number) => ({ output: { usage: { costUsd } } });

const budgetOf = async ({ id }: { id: string }): Promise<unknown> =>
  (await installation.client.budgets.ofSession(id)).map(({ spent, kept, reserved }) => ({ spent, kept, reserved }));

it('who has lost a race is stopped in the next turn, and keeps what it has reserved', async () => {
  const session = await installation.start(plan('  draft: { agent: { capability: write, race: 2 } }'));
  const loser = await agent.arrival('draft[1]', 1, session.id);
  await agent.answer('draft[0]', { session: session.id, ...paid(0.4) });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(loser.isStopped).toBe(true);
  expect(await budgetOf(session)).toEqual([{ spent: 400_000, kept: 1_000_000, reserved: 0 }]);
});

it('what runs when its session fails comes to its end, and is settled', async () => {
  const session = await installation.start(plan('  fails: { agent: ada }\n  goesOn: { agent: bob }'));
  await agent.arrival('goesOn', 1, session.id);
  await agent.answer('fails', { session: session.id, status: 500 });
  await until('the session is failing', async () => (await session.runs())[0]?.status === 'failed');
  await agent.answer('goesOn', { session: session.id, ...paid(0.2) });
  expect(await session.result()).toMatchObject({ status: 'failed' });
  // What failed does not say what it has cost.
  expect(await budgetOf(session)).toEqual([{ spent: 200_000, kept: 1_000_000, reserved: 0 }]);
});

it('what is cancelled after it was called in a turn keeps what it has reserved, though no worker has begun it', async () => {
  const session = await installation.start(plan('  long: { agent: ada }'));
  const visit = await agent.arrival('long', 1, session.id);
  await until('it is given up', () => visit.isStopped);
  await session.cancel();
  expect(await session.result()).toMatchObject({ status: 'cancelled' });
  expect(await budgetOf(session)).toEqual([{ spent: 0, kept: 1_000_000, reserved: 0 }]);
});
