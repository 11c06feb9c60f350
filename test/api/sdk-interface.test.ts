import type { Orchestra, OutcomeReport } from '../../src';
import { mineInsights } from '../../src/activities/learning/mine-insights';
import { createInsightMiningStore } from '../../src/stores/insight-mining';
import { createProposalStore } from '../../src/stores/proposals';
import { startBothWays, stopBothWays } from '../helpers/sdk/both-ways';
import type { BothWays } from '../helpers/sdk/both-ways';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { settingsProposal } from '../helpers/settings-proposal';
import { until } from '../helpers/until';
import { learnAll } from '../stores/learn-all';

let installation: TestInstallation;
let ways: BothWays;

beforeAll(async () => {
  ({ installation, ways } = await startBothWays());
});
afterAll(() => stopBothWays({ installation, ways }));

/** As a learning worker does. */
async function learn(): Promise<void> {
  await learnAll(installation);
  const mining = createInsightMiningStore(installation.pool);
  await mineInsights({ mining, plans: installation.plans, heartbeat: () => undefined });
}

/** Thirty tasks of each: Ada does all of hers, Bob every other one. */
function pastOf(way: string): OutcomeReport[] {
  return Array.from({ length: 60 }, (_, nth) => ({
    ...{
      id: `${way}${nth}`,
      agent: `${way}${nth % 2 === 0 ? 'ada' : 'bob'}`,
      type: `${way}fix`,
      capability: `${way}code`,
    },
    ...{ endedAt: new Date(Date.now() - 600_000).toISOString(), durationMs: 2_000, costUsd: 0.5 },
    ...(nth % 4 === 1 ? { verdict: 'failed', error: 'No such file.' } : { verdict: 'succeeded' }),
  }));
}

async function useAll(client: Orchestra, way: string): Promise<void> {
  const [ada, bob, type, capability] = [`${way}ada`, `${way}bob`, `${way}fix`, `${way}code`];
  const simulated = { connector: 'simulated' as const, latency: '1ms', capabilities: [capability], maxConcurrent: 1 };
  for (const name of [ada, bob]) await client.agents.register({ name, ...simulated });
  expect(await client.outcomes.report(pastOf(way))).toEqual({ reported: 60, known: 0 });

  const task = await client.tasks.submit({ type, agent: ada, id: `${way}task` });
  expect(await task.outcome()).toMatchObject({ status: 'succeeded', attempts: [{ agent: ada }] });
  expect(await client.tasks.handle(task.id).get()).toMatchObject({ id: task.id, status: 'succeeded' });
  await client.agents.update({ name: bob, ...simulated, latency: '10m' });
  const endless = await client.tasks.submit({ type, agent: bob, id: `${way}endless` });
  await until('it runs', async () => (await endless.get()).status === 'running');
  await endless.cancel();
  expect((await endless.outcome()).status).toBe('cancelled');
  const said = { rating: 2, useful: false, modifications: 'All of it.' };
  expect(await client.sessions.handle(task.id).feedback('task', said)).toMatchObject({ agent: ada, attempt: 1 });
  await learn();

  const known = await client.learnings.query({ capability, type });
  expect(known).toMatchObject({ recommended: { agent: { name: ada } } });
  const learnt = await client.insights({ type });
  expect(learnt).toContainEqual(
    expect.objectContaining({ kind: 'pitfall', scope: expect.objectContaining({ agent: `default/${bob}` }) as object }),
  );
  const { metrics } = await client.metrics({ hours: 1 });
  expect(metrics.find(({ agent }) => agent === ada)).toMatchObject({ failed: 0, rating: 2 });
  const { status, report } = await client.health();
  expect([status, report.findings]).toEqual([expect.any(String), expect.any(Array)]);

  const change = {
    of: 'agent' as const,
    agent: { workspace: 'default', name: bob },
    before: { maxConcurrent: 1 },
    after: { maxConcurrent: 2 },
  };
  const proposal = {
    ...settingsProposal,
    id: `${way}room`,
    kind: 'capacity' as const,
    says: 'Others wait for it.',
    change,
  };
  await createProposalStore(installation.pool).keep('default', [proposal, { ...settingsProposal, id: `${way}other` }]);
  const before = await client.agents.insights(bob);
  expect(before).toMatchObject({
    performance: { record: { succeeded: 15, failed: 15 }, expected: [{ capability, taskType: type }], unusual: [] },
    capabilities: [{ name: capability, proficiency: 1 }],
  });
  const [first, ...others] = before.recommendations;
  expect(first).toEqual({ from: 'proposal', id: proposal.id, says: 'Others wait for it.', advice: null });
  expect(others.map(({ from, says }) => [from, says]).sort()).toEqual([
    ['insight', expect.stringContaining('met the error “No such file.”; with other agents 0%.')],
    ['insight', expect.stringMatching(/^With agent default\/\S+bob, .+ succeeds in 50% \(30 sessions\)/)],
  ]);
  await client.optimisation.propose();
  expect(await client.optimisation.apply([proposal.id])).toMatchObject([{ proposal: proposal.id }]);
  const verse = { name: `${way}verse`, proficiency: 0.5, technologies: [] };
  await client.agents.updateCapabilities(bob, [verse]);
  const after = await client.agents.insights(bob);
  // It was done, so it is recommended no more.
  expect(after).toMatchObject({ capabilities: [verse], recommendations: [{ from: 'insight' }, { from: 'insight' }] });
  expect((await client.agents.get(bob)).maxConcurrent).toBe(2);
  await client.agents.unregister(bob);
  await expect(client.agents.insights(bob)).rejects.toMatchObject({ code: 'AGENT_NOT_FOUND' });
}

// It asserts the same of both ways, so that they answer alike. All tests share a Temporal, which knows a session by its id.
test.each(['direct', 'http'] as const)('all of the interface works on what is known of two agents: %s', (way) =>
  useAll(ways[way], `all-${way}-`),
);
