import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';

let installation: TestInstallation;
let agent: ControlledAgent;

beforeEach(async () => {
  [installation, agent] = await Promise.all([openTestInstallation(), startControlledAgent()]);
  await installation.startWorkers();
});
afterEach(async () => {
  await agent.close();
  await installation.close();
});

const writing = (resource: string): string =>
  `version: 1\nname: p\nagents: { a: { connector: http, url: '${agent.url}' } }\ntasks: { fix: { agent: a, writes: ['${resource}'] } }\n`;

it('sessions that write the same file do so one after the other, and say whom they wait for', async () => {
  const first = await installation.start(writing('file:src/a.ts'));
  await agent.arrival('fix', 1, first.id);
  const [second, third] = [
    await installation.start(writing('file:src/*')),
    await installation.start(writing('file:src/a.ts')),
  ];
  for (const session of [second, third]) {
    await until('it waits', async () => (await session.overview()).status === 'waiting');
  }
  expect((await second.runs())[0]?.waitsFor).toBe(
    `file:src/*, of which task fix of session ${first.id} writes file:src/a.ts`,
  );
  agent.answerAll(30);
  for (const session of [first, second, third]) expect((await session.result()).status).toBe('succeeded');
  expect(agent.visits.map(({ session }) => session)).toHaveLength(3);
  expect(agent.mostAtOnce()).toBe(1);
  expect(await installation.client.conflicts()).toEqual({ waiting: [], inSpite: [] });
});

it('forty sessions that want the same get it one at a time', async () => {
  agent.answerAll(5);
  const sessions = await Promise.all(Array.from({ length: 40 }, () => installation.start(writing('repo:main'))));
  for (const session of sessions) expect((await session.result()).status).toBe('succeeded');
  expect(agent.visits).toHaveLength(40);
  expect(agent.mostAtOnce()).toBe(1);
});

it('a session goes ahead where somebody says so, and only one that waits can', async () => {
  const first = await installation.start(writing('repo:main'));
  await agent.arrival('fix', 1, first.id);
  const second = await installation.start(writing('repo:main'));
  await until('the second waits', async () => (await second.overview()).status === 'waiting');
  await expect(first.resolveConflict('fix')).rejects.toThrow('does not wait for resources; it is running');
  await second.resolveConflict('fix');
  await agent.arrival('fix', 1, second.id);
  expect((await installation.client.conflicts()).inSpite).toEqual([
    { session: second.id, run: 'fix', inSpiteOf: `repo:main, which task fix of session ${first.id} writes` },
  ]);
  agent.answerAll(0);
  for (const session of [first, second]) expect((await session.result()).status).toBe('succeeded');
});

it('a session asks whether it may go ahead, and does when somebody approves', async () => {
  const first = await installation.start(writing('repo:main'));
  await agent.arrival('fix', 1, first.id);
  const second = await installation.start(
    writing('repo:main').replace("['repo:main']", "['repo:main'], onConflict: ask"),
  );
  await until('the second waits', async () => (await second.overview()).status === 'waiting');
  const [asked] = await installation.client.approvals.list({ onlyOpen: true, limit: 10 });
  expect(asked?.question).toMatchObject({ kind: 'conflict', session: second.id, run: 'fix' });
  await installation.client.approvals.decide(asked?.id ?? '', 'approved', 'ada');
  await agent.arrival('fix', 1, second.id);
  expect((await installation.client.conflicts()).inSpite).toMatchObject([{ session: second.id }]);
  agent.answerAll(0);
  for (const session of [first, second]) expect((await session.result()).status).toBe('succeeded');
});

it('a worker that was not there when resources were given back finds out by itself', async () => {
  const patient = installation;
  // It looks by itself once a lease time.
  installation = await openTestInstallation({ ORCHESTRA_LEASE_MS: '4000' });
  await Promise.all([patient.close(), installation.startWorkers()]);
  const first = await installation.start(writing('repo:main'));
  await agent.arrival('fix', 1, first.id);
  const second = await installation.start(writing('repo:main'));
  await until('the second waits', async () => (await second.overview()).status === 'waiting');
  // Whoever listens has heard of the end of the first; only the slow look is left.
  await installation.pool.query('DROP TRIGGER leases_give_back_resources ON leases');
  agent.answerAll(0);
  expect((await second.result()).status).toBe('succeeded');
});
