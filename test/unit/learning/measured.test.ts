import fc from 'fast-check';
import { createRandom } from '../../../src/domain/random';
import { estimatedDurationMs, expectedCostUsd, smoothedSuccessRate } from '../../../src/domain/learning/measured';
import { recordOf } from '../routing/agent-profiles';

const prior = { mean: 0.8, weight: 5 };
const outcomes = (succeeded: number, failed: number) => ({ ...recordOf([], failed), succeeded });

describe('the success rate', () => {
  test('is the prior before anything is measured, and moves towards what is', () => {
    expect(smoothedSuccessRate(outcomes(0, 0), prior)).toBeCloseTo(0.8);
    expect(smoothedSuccessRate(outcomes(1, 0), prior)).toBeCloseTo(5 / 6);
    expect(smoothedSuccessRate(outcomes(0, 5), prior)).toBeCloseTo(0.4);
    expect(smoothedSuccessRate(outcomes(990, 10), prior)).toBeCloseTo(0.989, 3);
  });

  test('is 0 to 1, rises with each success and falls with each failure', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), (succeeded, failed) => {
        const rate = smoothedSuccessRate(outcomes(succeeded, failed), prior);
        expect(smoothedSuccessRate(outcomes(succeeded + 1, failed), prior)).toBeGreaterThan(rate);
        expect(smoothedSuccessRate(outcomes(succeeded, failed + 1), prior)).toBeLessThan(rate);
        expect(rate).toBeGreaterThan(0);
        expect(rate).toBeLessThan(1);
      }),
    );
  });

  test('is the mean of the prior where neither outcomes nor prior weigh anything', () => {
    expect(smoothedSuccessRate(outcomes(0, 0), { mean: 0.5, weight: 0 })).toBe(0.5);
  });
});

describe('the duration', () => {
  test('is unknown below three successes', () => {
    expect(estimatedDurationMs(recordOf([10, 20]))).toBeNull();
    expect(estimatedDurationMs(recordOf([10, 20], 50))).toBeNull();
    expect(estimatedDurationMs(recordOf([10, 10, 10]))).toEqual({ p50: 10, p90: 10 });
  });

  test('has the quantiles of the log-normal it was drawn from', () => {
    const random = createRandom('durations');
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const estimate = estimatedDurationMs(
      recordOf(Array.from({ length: 5_000 }, () => 1_000 * Math.exp(0.5 * normal()))),
    );
    expect((estimate?.p50 ?? 0) / 1_000).toBeCloseTo(1, 1);
    expect((estimate?.p90 ?? 0) / (1_000 * Math.exp(0.5 * 1.2816))).toBeCloseTo(1, 1);
  });

  test('is never shorter for nine of ten than for half', () => {
    const durations = fc.array(fc.integer({ min: 1, max: 86_400_000 }), { minLength: 3 });
    fc.assert(
      fc.property(durations, (durationsMs) => {
        const { p50, p90 } = estimatedDurationMs(recordOf(durationsMs)) ?? { p50: 1, p90: 0 };
        expect(p90).toBeGreaterThanOrEqual(p50);
      }),
    );
  });
});

test('the cost is the sum of the known parts, and unknown where none is or time costs and no time is known', () => {
  const hour = recordOf([3_600_000, 3_600_000, 3_600_000]);
  expect(expectedCostUsd({}, hour)).toBeNull();
  expect(expectedCostUsd({ perAttemptUsd: 0 }, recordOf([]))).toBe(0);
  expect(expectedCostUsd({ perHourUsd: 2 }, recordOf([]))).toBeNull();
  expect(expectedCostUsd({ perAttemptUsd: 1, perHourUsd: 2 }, recordOf([]))).toBeNull();
  expect(expectedCostUsd({ perAttemptUsd: 1, perHourUsd: 2 }, hour)).toBeCloseTo(3);
});
