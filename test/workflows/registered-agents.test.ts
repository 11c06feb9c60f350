import { createAgentRegistry } from '../../src/stores/agents';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';

let installation: TestInstallation;
let agent: ControlledAgent;

beforeAll(async () => {
  [installation, agent] = await Promise.all([openTestInstallation(), startControlledAgent()]);
  await installation.startWorkers();
});
afterAll(async () => {
  await agent.close();
  await installation.close();
});

const register = (name: string, parts: Parameters<typeof definitionOf>[1] = {}): Promise<void> =>
  createAgentRegistry(installation.pool).add('default', [
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

it('take no more than they have room for, across sessions; who waits gets the room that is made', async () => {
  await register('painting', { maxConcurrent: 1 });
  const plan = 'version: 1\nname: p\ntasks: { paint: { agent: painting } }\n';
  const first = await installation.start(plan);
  await agent.arrival('paint', 1, first.id);
  const second = await installation.start(plan);
  await until('the second waits', async () => (await second.overview()).status === 'waiting');
  expect((await second.runs())[0]).toMatchObject({ status: 'waiting', reason: 'capacity' });
  await agent.answer('paint', { session: first.id });
  await agent.answer('paint', { session: second.id });
  await until('the second has ended', async () => (await second.overview()).status === 'succeeded');
  expect(await running('painting')).toBe(0);
});
