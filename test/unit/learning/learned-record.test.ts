import fc from 'fast-check';
import { deviationOf, trendOf } from '../../../src/domain/learning/change';
import { decayedTo, nothingLearned, recordOutcome } from '../../../src/domain/learning/learned-record';
import type { Learned } from '../../../src/domain/learning/learned-record';
import { defaultLearning } from '../../../src/domain/learning/learning-settings';
import { estimatedDurationMs, expectedCostUsd } from '../../../src/domain/learning/measured';
import { createRandom } from '../../../src/domain/random';

const now = Date.parse('2026-11-22T12:00:00Z');
const { halfLifeMs } = defaultLearning;
const outcome = (success: number, more: { endedAt?: number; durationMs?: number; costUsd?: number | null } = {}) => ({
  success,
  durationMs: 1_000,
  endedAt: now,
  ...more,
});
const after = (outcomes: Parameters<typeof recordOutcome>[1][], begin: Learned = nothingLearned): Learned =>
  outcomes.reduce((learned: Learned, one) => recordOutcome(learned, one), begin);
const many = (count: number, success: number) => Array.from({ length: count }, () => outcome(success));

describe('an outcome', () => {
  test('weighs half after the half-life, and half again after another', () => {
    const learned = after([outcome(1)]);
    expect(decayedTo(learned, now + halfLifeMs).record.succeeded).toBeCloseTo(0.5);
    expect(decayedTo(learned, now + 2 * halfLifeMs).record.succeeded).toBeCloseTo(0.25);
    expect(decayedTo(learned, now - 1)).toEqual(learned);
  });

  test('takes a fiftieth of the weight of those before it, so that fifty count at most', () => {
    expect(after(many(2, 1)).record.succeeded).toBeCloseTo(1.98);
    expect(after(many(1_000, 1)).record.succeeded).toBeCloseTo(50);
  });

  test('that people call half a success is one, and its duration counts half', () => {
    const { record } = after([outcome(0.5, { durationMs: 100 })]);
    expect(record).toMatchObject({ succeeded: 0.5, failed: 0.5 });
    expect(record.logDurationSum).toBeCloseTo(Math.log(100) / 2);
  });

  test('that is heard of late has faded itself, and makes nothing younger', () => {
    const { record, asOf } = after([outcome(0), outcome(1, { endedAt: now - halfLifeMs })]);
    expect(record.failed).toBeCloseTo(0.98);
    expect(record.succeeded).toBeCloseTo(0.5);
    expect(asOf).toBe(now);
  });

  test('counts in the costs where its cost is known', () => {
    expect(after([outcome(1), outcome(1, { costUsd: null })]).record.cost).toBeUndefined();
    const { record } = after([1, 2, 3, 4].map((costUsd) => outcome(0, { costUsd })));
    expect(expectedCostUsd({ perAttemptUsd: 99 }, record)).toBeCloseTo(2.5, 1);
  });
});

test('durations that all fade alike say the same as before', () => {
  const learned = after([900, 1_000, 1_100, 1_200].map((durationMs) => outcome(1, { durationMs })));
  const [before, later] = [learned, decayedTo(learned, now + halfLifeMs / 10)].map(({ record }) =>
    estimatedDurationMs(record),
  );
  expect(before).toEqual({ p50: expect.closeTo(1_045, -1), p90: expect.any(Number) });
  expect(later?.p50).toBe(before?.p50);
});

describe('a change', () => {
  test.each([
    [100, 3],
    [30, 8],
  ])('of an agent that always succeeded is seen, after %d outcomes, by its failure number %d', (outcomes, seen) => {
    const good = after(many(outcomes, 1));
    const isForgotten = (failures: number): boolean => {
      const { record, recent } = after(many(failures, 0), good);
      return record.succeeded === recent.succeeded;
    };
    expect([isForgotten(seen - 1), isForgotten(seen)]).toEqual([false, true]);
  });

  test('is not seen where only luck changes: once in 10,000 outcomes at most', () => {
    for (const rate of [0.98, 0.95, 0.8, 0.5, 0.2]) {
      const random = createRandom('luck', rate);
      let learned = nothingLearned;
      let alarms = 0;
      for (let at = 0; at < 20_000; at++) {
        const before = learned.record.succeeded + learned.record.failed;
        learned = recordOutcome(learned, outcome(random() < rate ? 1 : 0));
        if (learned.record.succeeded + learned.record.failed < before - 10) alarms++;
      }
      expect(alarms).toBeLessThanOrEqual(2);
    }
  });

  test('is not looked for before there is enough to compare', () => {
    expect(deviationOf(after([...many(5, 1), ...many(2, 0)]))).toBe(0);
    expect(deviationOf(after([...many(20, 1), ...many(2, 0)]))).toBeLessThan(0);
  });
});

test.each([
  ['rising', [...many(25, 0), ...many(5, 1)]],
  ['falling', [...many(40, 1), ...many(3, 0)]],
  ['steady', many(60, 1)],
  ['steady', Array.from({ length: 60 }, (_, at) => outcome(at % 2))],
  ['steady', []],
])('a trend is %s', (trend, outcomes) => {
  expect(trendOf(after(outcomes))).toBe(trend);
});

test('the record is never below nothing, goes through JSON, and is that of the recent outcomes at least', () => {
  const arbitraryOutcome = fc.record({
    success: fc.constantFrom(0, 0.25, 1),
    durationMs: fc.integer({ min: 0, max: 1_000_000 }),
    endedAt: fc.integer({ min: now, max: now + 10 * halfLifeMs }),
  });
  fc.assert(
    fc.property(fc.array(arbitraryOutcome, { maxLength: 80 }), (outcomes) => {
      const learned = after(outcomes);
      expect(JSON.parse(JSON.stringify(learned))).toEqual(learned);
      const { record, recent } = learned;
      expect(record.succeeded).toBeGreaterThanOrEqual(recent.succeeded - 1e-9);
      expect(record.failed).toBeGreaterThanOrEqual(recent.failed - 1e-9);
      expect(Math.min(recent.succeeded, recent.failed)).toBeGreaterThanOrEqual(0);
    }),
  );
});
