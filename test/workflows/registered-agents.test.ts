import { randomBytes } from 'node:crypto';
import { recompute } from '../../src/domain/routing/build-assignment';
import type { Assignment } from '../../src/domain/routing/assignment';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';

let installation: TestInstallation;
let agent: ControlledAgent;

beforeAll(async () => {
  const keys = { ORCHESTRA_SECRET_KEYS: `test:${randomBytes(32).toString('base64')}` };
  [installation, agent] = await Promise.all([openTestInstallation(keys), startControlledAgent()]);
  await installation.startWorkers();
});
afterAll(async () => {
  await agent.close();
  await installation.close();
});

type Session = Awaited<ReturnType<TestInstallation['start']>>;

const register = (name: string, parts: Parameters<typeof definitionOf>[1] = {}): Promise<void> =>
  installation.agents.add('default', [
    definitionOf(name, {
      connector: { connector: 'http', url: agent.url, headers: {} },
      capabilities: [{ name, proficiency: 1, technologies: [] }],
      ...parts,
    }),
  ]);

const running = async (name: string): Promise<number> => {
  const { rows } = await installation.pool.query<{ running: number }>(
    'SELECT running FROM agent_room WHERE agent = $1',
    [name],
  );
  return rows[0]?.running ?? -1;
};

it('do the tasks of plans that ask for what they can do, and make room again', async () => {
  await register('writing', { instructions: 'Be brief.' });
  const session = await installation.start(
    'version: 1\nname: p\ntasks: { write: { agent: { capability: writing }, prompt: Go } }\noutputs: { x: "${{ tasks.write.output }}" }\n',
  );
  await agent.arrival('write', 1, session.id);
  expect(await running('writing')).toBe(1);
  await agent.answer('write', { session: session.id, output: { by: 'writing' } });
  await until('the session has ended', async () => (await session.overview()).status === 'succeeded');
  expect((await session.overview()).outputs).toEqual({ x: { by: 'writing' } });
  expect(await session.runs()).toMatchObject([{ run: 'write', agent: 'writing' }]);
  expect(await running('writing')).toBe(0);
});

const endOf = async (session: Session): Promise<string> => {
  await until('the session has ended', async () => (await session.overview()).endedAt !== null);
  return (await session.overview()).status;
};

it('say why they were chosen', async () => {
  await register('careful', { capabilities: [{ name: 'review', proficiency: 0.9, technologies: [] }] });
  await register('hasty', { capabilities: [{ name: 'review', proficiency: 0.4, technologies: [] }] });
  const session = await installation.start(
    'version: 1\nname: p\ntasks: { check: { agent: { capability: review } } }\n',
  );
  await agent.answer('check', { session: session.id });
  expect(await endOf(session)).toBe('succeeded');
  const [stored] = await installation.routing.assignments('default', session.id, 'check');
  expect(stored).toMatchObject({
    attempt: 1,
    assignment: { agent: { name: 'careful' }, runnersUp: [{ agent: { name: 'hasty' } }] },
  });
  expect(recompute(stored?.assignment as Assignment)).toEqual(stored?.assignment);
});

it('are given secrets that nobody else sees', async () => {
  await register('keyed', {
    connector: { connector: 'http', url: agent.url, headers: { authorization: 'Bearer ${{ secrets.KEY }}' } },
  });
  await installation.agentSecrets.set({ workspace: 'default', name: 'keyed' }, 'KEY', 's3cret');
  const session = await installation.start('version: 1\nname: p\ntasks: { call: { agent: keyed } }\n');
  const visit = await agent.arrival('call', 1, session.id);
  expect(visit.headers['authorization']).toBe('Bearer s3cret');
  await agent.answer('call', { session: session.id });
  expect(await endOf(session)).toBe('succeeded');
});

it('are looked for when a plan is started: one that nobody has is refused, with what was probably meant', async () => {
  await register('sculpting');
  const start = installation.start('version: 1\nname: p\ntasks: { t: { agent: { capability: sculptin } } }\n');
  await expect(start).rejects.toThrow(
    'tasks.t.agent: no agent of the plan will do, and none of the registry: No agent has the capability "sculptin" (did you mean "sculpting"?)',
  );
});

it('take no more than they have room for, across sessions; who waits gets the room that is made', async () => {
  await register('painting', { maxConcurrent: 1 });
  const plan = 'version: 1\nname: p\ntasks: { paint: { agent: painting } }\n';
  const first = await installation.start(plan);
  await agent.arrival('paint', 1, first.id);
  const second = await installation.start(plan);
  await until('the second waits', async () => (await second.overview()).status === 'waiting');
  expect((await second.runs())[0]).toMatchObject({
    status: 'waiting',
    reason: 'capacity',
    waitsFor: 'All that meet the requirement are busy: painting (1 of 1).',
  });
  expect(await installation.routing.line('default', 10)).toMatchObject([{ session: second.id, run: 'paint' }]);
  await agent.answer('paint', { session: first.id });
  await agent.answer('paint', { session: second.id });
  await until('the second has ended', async () => (await second.overview()).status === 'succeeded');
  expect(await running('painting')).toBe(0);
});

it('wait no more for a session that was cancelled in line', async () => {
  await register('welding');
  const plan = 'version: 1\nname: p\ntasks: { weld: { agent: welding } }\n';
  const first = await installation.start(plan);
  await agent.arrival('weld', 1, first.id);
  const second = await installation.start(plan);
  await until('the second waits', async () => (await second.overview()).status === 'waiting');
  await second.cancel();
  expect(await endOf(second)).toBe('cancelled');
  expect(await installation.routing.line('default', 10)).toEqual([]);
  await agent.answer('weld', { session: first.id });
  expect(await endOf(first)).toBe('succeeded');
  expect(await running('welding')).toBe(0);
});
