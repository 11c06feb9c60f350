import type { AgentDefinition, AgentKey } from '../../src/domain/agents/agent';
import { createAgentBreakers } from '../../src/stores/agent-breakers';
import { createAgentRecoveries } from '../../src/stores/agent-recoveries';
import { createAgentRegistry } from '../../src/stores/agents';
import { createSettingsStore } from '../../src/stores/settings';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let agents = 0;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());
beforeEach(() => stores.pool.query('DELETE FROM agents'));

const recoveries = () => createAgentRecoveries(stores.pool);
const asked = { by: 'ada', why: 'it hangs' };

async function register(parts: Partial<AgentDefinition> = {}, host = ''): Promise<AgentKey> {
  const name = `agent-${(agents += 1)}${host}`;
  const service: Partial<AgentDefinition> = {
    connector: { connector: 'http', url: 'https://x/', headers: {} },
    restart: { command: ['restart', 'it'], timeoutMs: 1_000 },
  };
  await createAgentRegistry(stores.pool).add(testWorkspace, [definitionOf(name, { ...service, ...parts })]);
  return { workspace: testWorkspace, name };
}

const earlier = (minutes: number): Promise<unknown> =>
  stores.pool.query(`UPDATE agent_recoveries SET requested_at = requested_at - $1 * interval '1 minute'`, [minutes]);

it('what is asked for is done once, however many workers look, and is an event with who asked and why', async () => {
  const agent = await register();
  const id = await recoveries().request(agent, 'restart', asked);
  expect(await recoveries().endOf(agent, id)).toBeUndefined();
  const [one, ...others] = (await Promise.all([1, 2, 3, 4].map(() => recoveries().take(null, 10)))).flat();
  expect([one, others]).toMatchObject([
    { agent, id, action: 'restart', by: 'ada', definition: { name: agent.name } },
    [],
  ]);
  if (!one) throw new Error('one worker took it');
  await recoveries().end(one, { succeeded: true, detail: 'exit 0' });
  expect(await recoveries().endOf(agent, id)).toEqual({ succeeded: true, detail: 'exit 0' });
  expect(await createAgentBreakers(stores.pool).events(agent, 10)).toMatchObject([
    { kind: 'restarted', why: 'it hangs; exit 0', by: 'ada' },
  ]);
});

it('goes to the host of the agent alone, and to nobody after some minutes', async () => {
  const agent = await register({}, '@build');
  await recoveries().request(agent, 'restart', asked);
  expect(await recoveries().take(null, 10)).toEqual([]);
  expect(await recoveries().take({ workspace: testWorkspace, host: 'other' }, 10)).toEqual([]);
  expect(await recoveries().take({ workspace: 'other', host: 'build' }, 10)).toEqual([]);
  await earlier(6);
  expect(await recoveries().take({ workspace: testWorkspace, host: 'build' }, 10)).toEqual([]);
  await earlier(-6);
  expect(await recoveries().take({ workspace: testWorkspace, host: 'build' }, 10)).toHaveLength(1);
});

it('is refused where the agent knows no such thing, is not there, or was restarted too often', async () => {
  const agent = await register();
  const without = await register({ connector: { connector: 'remote' } });
  await expect(recoveries().request(without, 'probe', asked)).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
  const nobody = { workspace: testWorkspace, name: 'nobody' };
  await expect(recoveries().request(nobody, 'probe', asked)).rejects.toMatchObject({ code: 'AGENT_NOT_FOUND' });
  await recoveries().request(agent, 'restart', asked);
  await expect(recoveries().request(agent, 'restart', asked)).rejects.toThrow(/was restarted too often lately/);
  await earlier(2);
  await recoveries().request(agent, 'restart', asked);
});

it('two who ask at once for a restart get one', async () => {
  const agent = await register();
  const came = await Promise.allSettled([1, 2, 3].map(() => recoveries().request(agent, 'restart', asked)));
  expect(came.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

it('restarts by itself what its workspace lets it restart, within the bounds', async () => {
  const agent = await register();
  expect(await recoveries().requestRestart(agent, 'away')).toBe(false);
  await createSettingsStore(stores.pool).change(testWorkspace, { set: { 'recovery.automatic': 'restart' }, unset: [] });
  expect(await recoveries().requestRestart(agent, 'away')).toBe(true);
  expect(await recoveries().requestRestart(agent, 'away')).toBe(false);
  for (const minutes of [2, 3]) {
    await earlier(minutes);
    expect(await recoveries().requestRestart(agent, 'away')).toBe(true);
  }
  await earlier(20);
  expect(await recoveries().requestRestart(agent, 'away')).toBe(false);
  await createSettingsStore(stores.pool).change(testWorkspace, { set: {}, unset: ['recovery.automatic'] });
});
