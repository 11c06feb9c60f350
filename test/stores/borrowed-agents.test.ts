import type { AgentKey } from '../../src/domain/agents/agent';
import { assign } from '../../src/domain/routing/assign';
import type { Assignment } from '../../src/domain/routing/assignment';
import type { InsightSharing } from '../../src/domain/settings/workspace-settings';
import { createAgentDirectory } from '../../src/stores/agent-directory';
import { createAgentRegistry } from '../../src/stores/agents';
import { createSettingsStore } from '../../src/stores/settings';
import { definitionOf } from '../helpers/agent-definitions';
import { learnAll } from './learn-all';
import { recordOutcome } from './registered-agents';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let agents = 0;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());
afterEach(() => stores.pool.query('TRUNCATE workspace_settings'));

/** Two agents that `lender` shares, equal but for their names. */
async function lendTwo(): Promise<[first: AgentKey, second: AgentKey]> {
  const names = [`agent-${(agents += 1)}`, `agent-${agents}-too`] as const;
  const parts = { shared: true, capabilities: [{ name: names[0], proficiency: 0.8, technologies: [] }] };
  await createAgentRegistry(stores.pool).add(
    'lender',
    names.map((name) => definitionOf(name, parts)),
  );
  return [
    { workspace: 'lender', name: names[0] },
    { workspace: 'lender', name: names[1] },
  ];
}

/** So many attempts of the agent come to that, in sessions of the workspace. */
async function work(agent: AgentKey, verdict: string, attempts: number, workspace: string): Promise<void> {
  const capability = agent.name.replace('-too', '');
  for (let n = 0; n < attempts; n++) await recordOutcome(stores.pool, agent, verdict, { workspace, capability });
  await learnAll(stores);
}

const share = (workspace: string, shareInsights: InsightSharing) =>
  createSettingsStore(stores.pool).change(workspace, { set: { shareInsights }, unset: [] });

const noWishes = { technologies: [], tags: [], prefer: [], avoid: [], sameAs: [], exclude: [] };

/** Whom the workspace would give such an attempt. */
async function assignedIn(
  workspace: string,
  [{ name: capability }]: [AgentKey, AgentKey],
  directory = createAgentDirectory(stores.pool),
): Promise<Assignment> {
  const [one] = assign(await directory.roster(), [{ workspace, requirement: { ...noWishes, capability } }]);
  if (one?.kind !== 'assigned') throw new Error(one?.message);
  return one;
}

it('is routed by what its borrower learnt of it, and of that nobody else knows', async () => {
  const both = await lendTwo();
  const [first, second] = both;
  await work(first, 'failed', 6, 'borrower');
  const here = await assignedIn('borrower', both);
  expect(here.agent).toEqual(second);
  expect(here.runnersUp[0]?.parts.successRate).toBeLessThan(0.5);
  // 0.8 is declared; the borrower has seen it fail.
  expect(here.runnersUp[0]?.parts.specialisation).toBeLessThan(0.6);
  for (const workspace of ['lender', 'another']) {
    const { agent, parts } = await assignedIn(workspace, both);
    expect({ agent, ...parts }).toMatchObject({ agent: first, specialisation: 0.8, successRate: 0.8 });
  }
});

it.each<[InsightSharing | undefined, InsightSharing | undefined, boolean]>([
  [undefined, undefined, false],
  ['out', undefined, false],
  [undefined, 'in', false],
  ['in', 'out', false],
  ['out', 'in', true],
  ['both', 'both', true],
])(
  'takes what its owner learnt for granted only where both want it: the lender says %s, the borrower %s',
  async (lender, borrower, crosses) => {
    const both = await lendTwo();
    const [first, second] = both;
    await work(first, 'failed', 6, 'lender');
    if (lender) await share('lender', lender);
    if (borrower) await share('borrower', borrower);
    const { agent, inputs } = await assignedIn('borrower', both);
    expect(agent).toEqual(crosses ? second : first);
    // Its sums stay where they are.
    expect(inputs.evaluated.map(({ record: { succeeded, failed } }) => succeeded + failed)).toEqual([0, 0]);
    expect((await assignedIn('lender', both)).agent).toEqual(second);
    expect((await assignedIn('another', both)).agent).toEqual(first);
  },
);

it('goes by its own outcomes before those that are lent', async () => {
  const both = await lendTwo();
  const [first, second] = both;
  await Promise.all([share('lender', 'out'), share('borrower', 'in')]);
  await work(first, 'failed', 6, 'lender');
  await work(first, 'succeeded', 20, 'borrower');
  expect((await assignedIn('borrower', both)).agent).toEqual(first);
  expect((await assignedIn('lender', both)).agent).toEqual(second);
});

it('is heard of by all who route when a workspace learns of it, and when it wants nothing to cross any more', async () => {
  const both = await lendTwo();
  const [first, second] = both;
  await work(first, 'failed', 6, 'lender');
  await Promise.all([share('lender', 'out'), share('borrower', 'in')]);
  const directory = createAgentDirectory(stores.pool);
  const client = await stores.pool.connect();
  client.on('notification', ({ channel, payload = '' }) => {
    const [workspace, name] = JSON.parse(payload) as [string, string];
    if (channel === 'orchestra_learnt') directory.recordChanged({ workspace, name });
    else directory.agentChanged({ workspace, name });
  });
  await client.query('LISTEN orchestra_learnt; LISTEN orchestra_agents');
  const heard = () => client.query('SELECT 1');
  expect((await assignedIn('borrower', both, directory)).agent).toEqual(second);
  await share('lender', 'none');
  await heard();
  expect((await assignedIn('borrower', both, directory)).agent).toEqual(first);
  await work(first, 'failed', 6, 'borrower');
  await heard();
  expect((await assignedIn('borrower', both, directory)).agent).toEqual(second);
  client.release(true);
});
