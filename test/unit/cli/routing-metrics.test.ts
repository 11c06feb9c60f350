import type { DecidedAttempt } from '../../../src/domain/metrics/routing-metrics';
import { installation, run } from './scripted-host';
import type { Installation } from '../../../src/cli/ports';

const metrics = (decided: DecidedAttempt[], ...args: string[]) => {
  const routing = { decided: async () => decided } as unknown as Installation['routing'];
  return run(['metrics', '--routing', ...args], { folder: { openRunning: async () => installation({ routing }) } });
};

/** Attempts that were predicted alike, of which so many succeeded, in 90 s where half were to take a minute. */
function attempts(count: number, probability: number, succeeded: number): DecidedAttempt[] {
  const prediction = {
    success: { probability, low: 0, high: 1, outcomes: 9 },
    durationMs: { p50: 60_000, p90: 120_000, basis: 'same-task' as const },
  };
  return Array.from({ length: count }, (_, at) => ({
    assignment: { strategy: 'score', prediction },
    outcome: { verdict: at < succeeded ? 'succeeded' : 'failed', durationMs: 90_000 },
  }));
}

const explored: DecidedAttempt = {
  assignment: { strategy: 'cheapest', explored: { insteadOf: { workspace: 'w', name: 'ada' }, successRate: 0.9 } },
  outcome: null,
};

test('shows how each strategy decided, and predicted success beside what was observed', async () => {
  const { stdout } = await metrics([...attempts(80, 0.9, 72), ...attempts(40, 0.55, 30), explored]);
  expect(stdout.split('\n')).toEqual([
    'STRATEGY  ASSIGNED  EXPLORED  PREDICTED  SUCCEEDED',
    'all       121       1%        78%        85%',
    'cheapest  1         100%      -          -',
    'score     120       0%        78%        85%',
    '',
    'Of 120 predictions, success was off by 6.7 points (expected calibration error).',
    'Of 102 durations, 0% were within P50 and 100% within P90.',
    'PREDICTED   ATTEMPTS  MEAN  SUCCEEDED',
    '50 to 60%   40        55%   75%',
    '90 to 100%  80        90%   90%',
    '',
  ]);
});

test('says nothing of how right predictions are before a hundred have come true or not', async () => {
  const { stdout } = await metrics(attempts(99, 0.9, 90));
  expect(stdout).toContain('Not enough data yet to say how right predictions are: 99 of 100 have come true or not.');
  const { stdout: json } = await metrics(attempts(99, 0.9, 90), '-o', 'json');
  expect(JSON.parse(json)).toMatchObject({ predictions: 99, calibration: null, strategies: [{ strategy: 'all' }, {}] });
});

test('says so where nothing was routed', async () => {
  expect((await metrics([])).stderr).toBe('Nothing was routed in this time.\n');
});
