import { alertFactsOf } from '../../src/activities/alerts/alert-facts';
import { judgeAlerts } from '../../src/activities/alerts/judge-alerts';
import { agentStatus } from '../../src/domain/agents/status';
import { createAgentBreakers } from '../../src/stores/agent-breakers';
import { createAgentPresenceStore } from '../../src/stores/agent-presence';
import { createAgentRegistry } from '../../src/stores/agents';
import { createAlertStore } from '../../src/stores/alerts';
import { createHealthStore } from '../../src/stores/health';
import { createMetricsReader } from '../../src/stores/metrics';
import { definitionOf } from '../helpers/agent-definitions';
import { queueRule } from '../unit/alerts/rules';
import { measured } from '../unit/health/measured';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const remote = { connector: { connector: 'remote' as const } };

it('raises an alert while agents are offline or in quarantine, and clears it when they are back', async () => {
  const workspace = 'watched';
  const agent = (name: string) => ({ workspace, name });
  const registry = createAgentRegistry(stores.pool);
  const [breakers, presence] = [createAgentBreakers(stores.pool), createAgentPresenceStore(stores.pool)];
  const [alerts, health] = [createAlertStore(stores.pool), createHealthStore(stores.pool)];
  await registry.add(workspace, [
    definitionOf('local'),
    definitionOf('drained'),
    definitionOf('far', remote),
    definitionOf('never', remote),
    definitionOf('writer@nowhere'),
  ]);
  await registry.add('other', [definitionOf('never', remote)]);
  await presence.seen([agent('far')]);
  await breakers.quarantine(agent('drained'), 'it leaks');
  await registry.setDraining(agent('drained'), true);
  const rule = { ...queueRule, metric: 'agents-unavailable' as const, raiseAt: 2, clearAt: 1 };
  await alerts.set(workspace, { ...rule, raiseAfter: 1, clearAfter: 1 });

  let at = Date.now();
  const swept = async () => {
    const work = await health.measureWork(workspace);
    const statuses = (await registry.list(workspace, { limit: 10 })).map(agentStatus);
    expect(work.unavailableAgents).toBe(statuses.filter((one) => one === 'offline' || one === 'error').length);
    const sweep = { id: `sweep ${++at}`, at };
    const dependencies = { alerts, metrics: createMetricsReader(stores.pool) };
    const changes = await judgeAlerts(dependencies, workspace, sweep, alertFactsOf(measured({ work }), 100));
    return changes.map(({ type, value }) => [type, value]);
  };

  expect(await swept()).toEqual([]);
  await breakers.quarantine(agent('local'), 'it leaks');
  expect(await swept()).toEqual([['raised', 3]]);
  await breakers.reset(agent('local'));
  expect(await swept()).toEqual([]);
  await presence.noteSilent({ agentsMs: -1_000, hostsMs: 60_000 });
  expect(await swept()).toEqual([]);
  await presence.seen([agent('far'), agent('never')]);
  expect(await swept()).toEqual([['cleared', 1]]);
});
