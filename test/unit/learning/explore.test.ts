import { drawSeed, drawSuccessRate, mayExplore } from '../../../src/domain/learning/explore';
import { emptyRecord } from '../../../src/domain/learning/record-sums';
import { createRandom } from '../../../src/domain/random';
import { drawBeta, drawGamma, drawNormal } from '../../../src/domain/random-variates';

const seeds = Array.from({ length: 5_000 }, (_, at) =>
  drawSeed({ workspace: 'w', session: 's', run: `t${at}`, attempt: 1 }),
);
const mean = (numbers: number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
const variance = (numbers: number[]): number => mean(numbers.map((one) => one ** 2)) - mean(numbers) ** 2;
const drawn = (draw: (random: () => number) => number): number[] => {
  const random = createRandom('variates', String(draw));
  return Array.from({ length: 20_000 }, () => draw(random));
};

test('normal, gamma and beta numbers have the mean and the variance of their distributions', () => {
  const normal = drawn(drawNormal);
  expect([mean(normal), variance(normal)]).toEqual([expect.closeTo(0, 1), expect.closeTo(1, 1)]);
  for (const shape of [0.3, 1, 7.5]) {
    const gamma = drawn((random) => drawGamma(random, shape));
    expect(Math.abs(mean(gamma) / shape - 1)).toBeLessThan(0.05);
    expect(Math.abs(variance(gamma) / shape - 1)).toBeLessThan(0.1);
  }
  for (const [a = 1, b = 1] of [
    [4, 1],
    [0.5, 0.5],
    [30, 70],
  ]) {
    const beta = drawn((random) => drawBeta(random, a, b));
    expect(mean(beta)).toBeCloseTo(a / (a + b), 2);
    expect(Math.abs((variance(beta) * (a + b) ** 2 * (a + b + 1)) / (a * b) - 1)).toBeLessThan(0.05);
  }
});

test('as many attempts may explore as the share says', () => {
  const share = (exploration: number): number => mean(seeds.map((seed) => (mayExplore(seed, exploration) ? 1 : 0)));
  expect([share(0), share(1)]).toEqual([0, 1]);
  expect(share(0.3)).toBeCloseTo(0.3, 1);
});

describe('the success rate that is drawn', () => {
  const prior = { mean: 0.8, weight: 5 };
  const draw = (outcomes: number, seed: string): number =>
    drawSuccessRate({ ...emptyRecord, succeeded: 0.8 * outcomes, failed: 0.2 * outcomes }, prior, seed);

  test('is the same for the same attempt and knowledge, and another for another', () => {
    const [one = '', another = ''] = seeds.filter((seed) => draw(0, seed) > 0.8);
    expect(draw(0, one)).toBe(draw(0, one));
    expect(draw(0, another)).not.toBe(draw(0, one));
    expect(draw(1, one)).not.toBe(draw(0, one));
  });

  test('is never below what is believed, and the closer to it the more is known', () => {
    const above = [0, 20, 200].map((outcomes) => seeds.slice(0, 500).map((seed) => draw(outcomes, seed) - 0.8));
    above.forEach((differences) => expect(Math.min(...differences)).toBeGreaterThanOrEqual(-1e-12));
    const [unknown = 0, known = 0, wellKnown = 0] = above.map((differences) => Math.max(...differences));
    expect(unknown).toBeGreaterThan(1.5 * known);
    expect(known).toBeGreaterThan(1.5 * wellKnown);
  });

  test('is what is believed where that is certain', () => {
    expect(drawSuccessRate(emptyRecord, { mean: 1, weight: 5 }, 'x')).toBe(1);
    expect(drawSuccessRate(emptyRecord, { mean: 0.5, weight: 0 }, 'x')).toBe(0.5);
  });
});
