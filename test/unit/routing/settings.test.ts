import { defaultSettings, routingSettings } from '../../../src/domain/routing/settings';
import type { RoutingSettings } from '../../../src/domain/routing/settings';
import { hasPlace, scoreOf } from '../../../src/domain/routing/score';

const weights = (specialisation: number, successRate: number, availability: number) => ({
  weights: { specialisation, successRate, availability },
});

test('nothing that is said gives the defaults', () => {
  expect(routingSettings()).toEqual(defaultSettings);
  expect(routingSettings({ maxLoad: 1 })).toEqual({ ...defaultSettings, maxLoad: 1 });
});

test.each<[Partial<RoutingSettings>, string]>([
  [weights(-1, 1, 1), 'the weight specialisation is -1: it must be a number that is not negative'],
  [weights(1, Number.NaN, 1), 'the weight successRate is NaN: it must be a number that is not negative'],
  [weights(0, 0, 0), 'all weights are 0: one at least, besides relationships, must be positive'],
  [{ maxLoad: 0 }, 'maxLoad is 0: it must be above 0 and at most 1'],
  [{ prior: { mean: 2, weight: 5 } }, "the prior's mean is 2: it must be 0 to 1"],
  [{ prior: { mean: 0.5, weight: -5 } }, "the prior's weight is -5: it must be a number that is not negative"],
  [{ counter: 0.5 }, 'counter is 0.5: it must be a whole number that is not negative'],
  [
    { strategy: 'dearest' as 'cheapest' },
    'there is no strategy "dearest": it is one of score, cheapest, fastest, round_robin',
  ],
])('%j is refused', (options, message) => {
  expect(() => routingSettings(options)).toThrow(new RangeError(message));
});

test('only the proportions of weights matter', () => {
  const parts = { specialisation: 0.9, successRate: 0.7, load: 0.25 };
  expect(scoreOf(parts, weights(5, 3, 2).weights)).toBeCloseTo(scoreOf(parts, defaultSettings.weights));
  expect(scoreOf(parts, weights(0, 0, 3).weights)).toBe(0.75);
});

test.each([
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 4],
  [5, 4],
  [10, 8],
  [100, 80],
  [0, 0],
])('of %d places %d are given at a maximal load of 0.8', (maxConcurrent, given) => {
  const running = Array.from({ length: 101 }, (_, at) => at);
  expect(running.filter((attempts) => hasPlace(attempts, maxConcurrent, 0.8))).toHaveLength(given);
});
