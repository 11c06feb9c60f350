import { adjustForMany } from '../../../../src/domain/learning/insights/statistics/benjamini-hochberg';
import { atLeast, atMost } from '../../../../src/domain/learning/insights/statistics/binomial';
import { fisherTest } from '../../../../src/domain/learning/insights/statistics/fisher';
import { logFactorial } from '../../../../src/domain/learning/insights/statistics/log-factorial';
import { ranksBelow } from '../../../../src/domain/learning/insights/statistics/mann-whitney';
import { normalQuantile, normalTail } from '../../../../src/domain/learning/insights/statistics/normal';
import { createRandom } from '../../../../src/domain/random';

test("Fisher's test of the lady who tastes tea, and of a table that is no chance", () => {
  expect(fisherTest({ hits: 3, of: 4 }, { hits: 1, of: 4 })).toBeCloseTo(0.4857, 4);
  expect(fisherTest({ hits: 1, of: 10 }, { hits: 11, of: 14 })).toBeCloseTo(0.002759, 6);
});

test('Fisher finds nothing where all are alike', () => {
  expect(fisherTest({ hits: 10, of: 10 }, { hits: 20, of: 20 })).toBe(1);
});

test('the binomial test counts the tails', () => {
  expect(atLeast({ hits: 9, of: 10 }, 0.5)).toBeCloseTo(11 / 1024, 9);
  expect(atMost({ hits: 1, of: 10 }, 0.5)).toBeCloseTo(11 / 1024, 9);
  expect(atMost({ hits: 0, of: 20 }, 0.2)).toBeCloseTo(0.8 ** 20, 9);
});

test('factorials of large numbers are as good as added up', () => {
  let sum = 0;
  for (let n = 1; n <= 1_000; n++) sum += Math.log(n);
  expect(logFactorial(1_000)).toBeCloseTo(sum, 8);
});

test('the tails of the normal distribution are right far out', () => {
  expect(normalTail(1.959964)).toBeCloseTo(0.025, 6);
  expect(normalTail(6) / 9.8659e-10).toBeCloseTo(1, 4);
  expect(normalTail(-1)).toBeCloseTo(0.841345, 6);
  expect(normalQuantile(0.99)).toBeCloseTo(2.326348, 5);
});

test('ranks tell lower values from higher ones, and ties from nothing', () => {
  const low = Array.from({ length: 10 }, (_, n) => n);
  const high = low.map((n) => n + 100);
  expect(ranksBelow(low, high)).toBeLessThan(1e-3);
  expect(ranksBelow(high, low)).toBeGreaterThan(0.999);
  expect(ranksBelow([1, 1, 1], [1, 1, 1])).toBe(1);
});

test('p-values of equal values are even: as many below a twentieth as a twentieth', () => {
  const random = createRandom('ranks');
  const values = (): number[] => Array.from({ length: 15 }, random);
  const found = Array.from({ length: 2_000 }, () => ranksBelow(values(), values()) <= 0.05);
  expect(found.filter(Boolean).length / 2_000).toBeLessThanOrEqual(0.06);
});

test('Benjamini and Hochberg adjust for all that was tested', () => {
  const adjusted = adjustForMany([0.01, 0.04, 0.03, 0.005]);
  [0.02, 0.04, 0.04, 0.02].forEach((q, at) => expect(adjusted[at]).toBeCloseTo(q, 9));
  expect(adjustForMany([])).toEqual([]);
});
