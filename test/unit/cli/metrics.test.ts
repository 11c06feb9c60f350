import type { MetricsPeriod } from '../../../src/contracts/ports/metrics-reader';
import type { AgentMetrics } from '../../../src/domain/metrics/agent-metrics';
import { trendOf } from '../../../src/domain/metrics/agent-metrics';
import { installation, run } from './scripted-host';
import type { Ran } from './scripted-host';

const of = (changes: Partial<AgentMetrics> = {}): AgentMetrics => ({
  agent: null,
  tasks: 90,
  attempts: 100,
  succeeded: 90,
  failed: 10,
  durationMs: { mean: 6_000, p50: 5_000, p90: 20_000, p95: 30_000, p99: 60_000 },
  costUsd: 10,
  attemptCostUsd: { p50: 0.05, p90: 1.5 },
  tokens: 5_000,
  unknownCost: 0,
  rating: 4.25,
  quality: 0.9,
  cacheHitRate: 0.37,
  ...changes,
});

const now = Date.UTC(2026, 2, 1, 9, 1);
const asked: { period: MetricsPeriod; agent: string | undefined }[] = [];

function metrics(args: string[], present: AgentMetrics[], before: AgentMetrics[] = []): Promise<Ran> {
  const reader = {
    of: async (_: string, period: MetricsPeriod, agent?: string) => {
      asked.push({ period, agent });
      return period.to === now ? present : before;
    },
    ofSession: async () => [],
  };
  const server = installation({ metrics: reader });
  return run(['metrics', ...args], { folder: { openRunning: async () => server } });
}

beforeEach(() => void asked.splice(0));

test('shows all and each agent, and what differs from the period before', async () => {
  const slower = of({ durationMs: { mean: 3_000, p50: 2_500, p90: 9_000, p95: 9_000, p99: 9_000 }, costUsd: 20 });
  const { stdout } = await metrics(
    [],
    [of(), of({ agent: 'ada', succeeded: 50, failed: 50, unknownCost: 1 })],
    [slower, of({ agent: 'ada' })],
  );
  expect(stdout).toMatch(
    /^all +90 +100 +90% +5\.0s +20s +1m 00s +\$10\.00 +\$0\.0500 +\$1\.50 +5000 +37% +0\.90 +4\.3 +time \+100%, cost -50%$/m,
  );
  expect(stdout).toMatch(/^ada +90 +100 +50% .*\$10\.00 or more .* success -40 points$/m);
  expect(asked.map(({ period }) => period)).toEqual([
    { from: now - 86_400_000, to: now },
    { from: now - 2 * 86_400_000, to: now - 86_400_000 },
  ]);
});

test('asks for a period that has passed', async () => {
  await metrics(['--since', '1h', '--until', '2026-02-01T00:00:00Z'], [of()]);
  const to = Date.UTC(2026, 1, 1);
  expect(asked.map(({ period }) => period)).toEqual([
    { from: to - 3_600_000, to },
    { from: to - 2 * 3_600_000, to: to - 3_600_000 },
  ]);
  expect((await metrics(['--until', 'yesterday'], [])).stderr).toContain('ISO 8601');
});

test('asks for the period and the agent that are named, and prints JSON', async () => {
  const { stdout } = await metrics(['--since', '1h', '--agent', 'ada', '-o', 'json'], [of({ agent: 'ada' })]);
  expect(asked[0]).toEqual({ period: { from: now - 3_600_000, to: now }, agent: 'ada' });
  expect(JSON.parse(stdout)).toMatchObject({
    workspace: 'default',
    from: '2026-03-01T08:01:00.000Z',
    metrics: [{ agent: 'ada', successRate: 0.9, durationMs: { p90: 20_000 }, trend: { successRate: null } }],
  });
});

test('says so where nothing ended, and refuses what is no duration', async () => {
  expect((await metrics([], [of({ attempts: 0 })])).stderr).toBe('No attempt ended in this time.\n');
  expect(await metrics(['--since', 'yesterday'], [])).toMatchObject({ exitCode: 2 });
});

describe('a trend', () => {
  it('of successes is told only where chance does not explain it', () => {
    expect(trendOf(of(), of({ succeeded: 87, failed: 13 })).successRate).toBeNull();
    expect(trendOf(of(), of({ succeeded: 70, failed: 30 })).successRate).toBeCloseTo(0.2);
    expect(trendOf(of(), of({ succeeded: 0, failed: 5 })).successRate).toBeNull();
    expect(trendOf(of(), undefined)).toEqual({ successRate: null, duration: null, costPerAttempt: null });
  });

  it('of cost is that of attempts whose cost is known', () => {
    expect(trendOf(of({ unknownCost: 50 }), of()).costPerAttempt).toBe(2);
    expect(trendOf(of({ unknownCost: 95 }), of()).costPerAttempt).toBeNull();
  });
});
