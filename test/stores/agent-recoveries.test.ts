import type { AgentDefinition, AgentKey } from '../../src/domain/agents/agent';
import { defaultPolicy } from '../../src/domain/health/circuit-breaker';
import { createAgentBreakers } from '../../src/stores/agent-breakers';
import { createAgentProbes } from '../../src/stores/agent-probes';
import { createAgentRecoveries } from '../../src/stores/agent-recoveries';
import { createAgentRegistry } from '../../src/stores/agents';
import { createAlertStore } from '../../src/stores/alerts';
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

describe('receivers of alerts', () => {
  const receiver = (name: string, types: string, enabled = true): Promise<unknown> =>
    stores.pool.query(
      `INSERT INTO webhooks (workspace, name, url, types, enabled, key_id, nonce, ciphertext, tag) VALUES ($1, $2, 'https://x/', $3, $4, 'k', '', '', '')`,
      [testWorkspace, name, types, enabled],
    );
  const alerts = async () => (await createAlertStore(stores.pool).history(testWorkspace, 10)).toReversed();

  beforeEach(() => stores.pool.query('TRUNCATE alert_events, webhooks CASCADE'));
  afterEach(() => createSettingsStore(stores.pool).change(testWorkspace, { set: {}, unset: ['recovery.automatic'] }));

  it('are told of an agent by who asks for it, each that wants to hear of alerts, and not too often', async () => {
    const agent = await register();
    await receiver('team', '{alert}');
    await receiver('off', '{alert}', false);
    await receiver('other', '{session-ended}');
    expect(await recoveries().alert(agent, asked)).toEqual({ succeeded: true, detail: 'told team' });
    expect(await alerts()).toMatchObject([
      {
        type: 'agent',
        agent: agent.name,
        message: `Somebody is to look at ${agent.name}: it hangs (ada).`,
        rule: null,
        deliveries: [{ webhook: 'team', status: 'waiting' }],
      },
    ]);
    expect(await createAgentBreakers(stores.pool).events(agent, 10)).toMatchObject([
      { kind: 'alerted', why: 'it hangs', by: 'ada' },
    ]);
    await expect(recoveries().alert(agent, asked)).rejects.toThrow(/were told of agent .* too often lately/);
    expect(await recoveries().alert(await register(), asked)).toMatchObject({ detail: 'told team' });
    const nobody = { workspace: testWorkspace, name: 'nobody' };
    await expect(recoveries().alert(nobody, asked)).rejects.toMatchObject({ code: 'AGENT_NOT_FOUND' });
    // It does not wait for a worker.
    expect(await recoveries().take(null, 10)).toEqual([]);
  });

  it('are told by itself where the workspace lets it, once for each time that it cannot be reached any more', async () => {
    const agent = await register();
    const probed = (says: 'reachable' | 'unreachable') =>
      createAgentProbes(stores.pool).note(agent, { says, detail: 'HTTP 503' }, defaultPolicy);
    await probed('unreachable');
    expect(await recoveries().alertUnreachable(agent, 'away')).toBe(false);
    await createSettingsStore(stores.pool).change(testWorkspace, {
      set: { 'recovery.automatic': 'probe,restart,alert' },
      unset: [],
    });
    expect(await recoveries().alertUnreachable(agent, 'away')).toBe(true);
    expect(await recoveries().alertUnreachable(agent, 'away')).toBe(false);
    await probed('reachable');
    await probed('unreachable');
    // A minute has to lie between them.
    expect(await recoveries().alertUnreachable(agent, 'away')).toBe(false);
    await earlier(2);
    expect(await recoveries().alertUnreachable(agent, 'away')).toBe(true);
    expect((await alerts()).map(({ message, deliveries }) => [message, deliveries])).toEqual(
      Array(2).fill([`Somebody is to look at ${agent.name}: away (setting recovery.automatic).`, []]),
    );
  });
});
