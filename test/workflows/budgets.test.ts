import type { Approval } from '../../src/contracts/ports/approval-store';
import { until } from '../helpers/until';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';

let installation: TestInstallation;

beforeAll(async () => {
  installation = await openTestInstallation();
  await installation.startWorkers();
});
afterAll(() => installation.close());

const spending = (onBudget: string): string => `
version: 1
name: spending
budget: { costUsd: 1 }
defaults: { onBudget: ${onBudget}, reserve: { costUsd: 0.5 } }
agents: { paid: { connector: simulated, latency: 1ms, output: 1, usage: { tokens: 10, costUsd: 0.4 } } }
tasks:
  first: { agent: paid }
  second: { agent: paid, needs: [first] }
  third: { agent: paid, needs: [second] }
`;

async function questionOf(session: string): Promise<Approval> {
  const find = async (): Promise<Approval | undefined> =>
    (await installation.client.approvals.list({ onlyOpen: true, limit: 100 })).find(
      ({ question }) => question.session === session,
    );
  await until('somebody is asked', async () => (await find()) !== undefined);
  const found = await find();
  if (!found) throw new Error('the question has gone');
  return found;
}

it('stops a session at its budget, and says why', async () => {
  const session = await installation.start(spending('fail'));
  expect(await session.result()).toMatchObject({ status: 'failed' });
  const runs = await session.runs();
  expect(runs.map(({ run, status, reason }) => [run, status, reason])).toEqual([
    ['first', 'succeeded', null],
    ['second', 'succeeded', null],
    ['third', 'failed', 'budget'],
  ]);
  expect(runs[2]?.error).toContain('has no room for $0.50: of $1.00, $0.80 spent');
  expect(await installation.client.budgets.useOfSession(session.id)).toMatchObject({ costMicros: 800_000, tokens: 20 });
});

it('waits for an approval where the plan says so, and goes on with it', async () => {
  const session = await installation.start(spending('ask'));
  const { id } = await questionOf(session.id);
  await until('the session says that it waits', async () => (await session.overview()).status === 'waiting');
  await installation.client.approvals.decide(id, 'approved', 'ada');
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(await installation.client.budgets.ofSession(session.id)).toMatchObject([
    { limit: 1_000_000, spent: 1_200_000 },
  ]);
  await expect(installation.client.approvals.decide(id, 'rejected', 'bob')).rejects.toMatchObject({
    code: 'COMMAND_REFUSED',
    message: expect.stringContaining('approved by ada already'),
  });
});

it('fails with a rejection', async () => {
  const session = await installation.start(spending('ask'));
  const { id } = await questionOf(session.id);
  await installation.client.approvals.decide(id, 'rejected', 'ada');
  expect(await session.result()).toMatchObject({ status: 'failed' });
  expect((await session.runs())[2]?.error).toContain(`was rejected (${id})`);
});

it('lets a fan-out go on with what its attempts did not use', async () => {
  const session = await installation.start(`
version: 1
name: fan
budget: { costUsd: 1 }
agents: { paid: { connector: simulated, latency: 1ms, usage: { costUsd: 0.01 } } }
tasks: { each: { forEach: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], agent: paid, reserve: { costUsd: 0.45 } } }
`);
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(await installation.client.budgets.ofSession(session.id)).toMatchObject([{ reserved: 0, spent: 100_000 }]);
});
