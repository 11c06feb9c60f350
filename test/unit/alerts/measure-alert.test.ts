import { judgeAlerts } from '../../../src/activities/alerts/judge-alerts';
import { recentMetrics } from '../../../src/activities/alerts/recent-metrics';
import type { AlertMetric } from '../../../src/domain/alerts/alert-rule';
import { measureAlert } from '../../../src/domain/alerts/measure-alert';
import type { AlertFacts } from '../../../src/domain/alerts/measure-alert';
import type { AgentMetrics } from '../../../src/domain/metrics/agent-metrics';
import { queueRule } from './rules';

const attempts: AgentMetrics = {
  agent: null,
  tasks: 10,
  attempts: 20,
  succeeded: 15,
  failed: 5,
  durationMs: { mean: 1, p50: 1, p90: 2, p95: 3, p99: 4 },
  costUsd: 5,
  attemptCostUsd: null,
  tokens: 0,
  unknownCost: 0,
  rating: null,
  quality: null,
  cacheHitRate: null,
};
const balance = { account: 'workspace/day/2026-03-01', unit: 'costMicros' as const, limit: 100 };
const facts: AlertFacts = {
  waiting: 7,
  backlog: 3,
  unavailableAgents: 2,
  healthScore: 85,
  budgets: [
    { ...balance, reserved: 10, kept: 20, spent: 30 },
    { ...balance, unit: 'tokens', reserved: 0, kept: 0, spent: 90 },
    { account: 'workspace/now', unit: 'attempts', limit: 1, reserved: 1, kept: 0, spent: 0 },
  ],
};

test.each<[AlertMetric, number]>([
  ['success-rate', 0.75],
  ['duration-p95', 3],
  ['cost-per-task', 500_000],
  ['cost-per-day', 120e6],
  ['queue', 7],
  ['backlog', 3],
  ['agents-unavailable', 2],
  ['health-score', 85],
  ['budget-left', expect.closeTo(0.1) as number],
])('%s is measured as %p', (metric, value) => {
  expect(measureAlert({ ...queueRule, metric }, facts, attempts)).toEqual(value);
});

test('fewer than ten attempts say nothing of a rate or a percentile, and no attempt costs nothing', () => {
  const few = { ...attempts, succeeded: 9, failed: 0 };
  expect(measureAlert({ ...queueRule, metric: 'success-rate' }, facts, few)).toBeNull();
  expect(measureAlert({ ...queueRule, metric: 'duration-p95' }, facts, few)).toBeNull();
  expect(measureAlert({ ...queueRule, metric: 'cost-per-task' }, facts, undefined)).toBeNull();
  expect(measureAlert({ ...queueRule, metric: 'cost-per-day' }, facts, undefined)).toBe(0);
  expect(measureAlert({ ...queueRule, metric: 'budget-left' }, { ...facts, budgets: [] }, undefined)).toBeNull();
});

test('rules of the same agent and time share one reading', async () => {
  const asked: unknown[] = [];
  const rules = (['success-rate', 'cost-per-task', 'queue'] as const).map((metric, at) => ({
    id: at,
    rule: { ...queueRule, metric, agent: metric === 'queue' ? null : 'ada' },
    isRaised: false,
    value: null,
    acknowledged: null,
  }));
  let judged = new Map<number, number | null>();
  await judgeAlerts(
    {
      alerts: {
        list: async () => rules,
        judge: async (_, __, values) => {
          judged = new Map(values);
          return [];
        },
      },
      metrics: recentMetrics({
        of: async (_, period, agent) => {
          asked.push([period, agent]);
          return [attempts, { ...attempts, agent: 'ada', tasks: 5 }];
        },
      }),
    },
    'default',
    { id: 'sweep', at: 4_000_000 },
    facts,
  );
  expect(asked).toEqual([[{ from: 400_000, to: 4_000_000 }, 'ada']]);
  expect([...judged]).toEqual([
    [0, 0.75],
    [1, 1e6],
    [2, 7],
  ]);
});

describe('readings of sweeps', () => {
  const [minuteMs, hourMs] = [60_000, 3_600_000];

  /** How often a period of that length is read by an hour of sweeps, one in half a minute. */
  async function readingsInAnHour(windowMs: number): Promise<number> {
    let readings = 0;
    const metrics = recentMetrics({ of: async () => [{ ...attempts, tasks: ++readings }] });
    for (let at = 0; at < hourMs; at += minuteMs / 2) await metrics.of('default', { from: at - windowMs, to: at });
    return readings;
  }

  test('of a day are taken every five minutes, and of an hour each time', async () => {
    expect(await readingsInAnHour(24 * hourMs)).toBe(12);
    expect(await readingsInAnHour(hourMs)).toBe(120);
  });

  test('that fail are taken again', async () => {
    let tries = 0;
    const metrics = recentMetrics({
      of: () => (++tries === 1 ? Promise.reject(new Error('away')) : Promise.resolve([attempts])),
    });
    const day = { from: 0, to: 24 * hourMs };
    await expect(metrics.of('default', day)).rejects.toThrow('away');
    expect(await metrics.of('default', day)).toEqual([attempts]);
  });
});
