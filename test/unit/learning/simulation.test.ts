import { measureLearning } from '../../../bench/learning/measure-learning';
import { learning, plainScore, plainScoreToday, roundRobin } from '../../../bench/learning/policies';
import { formatLearning, targetsOf } from '../../../bench/learning/report';
import { mainScenario } from '../../../bench/learning/scenarios';

/** `npm run bench:learning` takes 200, and other scenarios. */
const seeds = 40;

const results = [learning, plainScore, plainScoreToday, roundRobin].map((policy) =>
  measureLearning(mainScenario, policy, seeds),
);

test.each(targetsOf(results).map(({ name, measured, target, isMet }) => ({ name, measured, target, isMet })))(
  'of five agents, by the defaults: $name: $measured, $target',
  ({ isMet }) => {
    expect(isMet).toBe(true);
  },
);

test('little of that is by trying agents that are not believed to be best', () => {
  const [ours] = results;
  expect(ours?.exploredShare).toBeGreaterThan(0);
  expect(ours?.exploredShare).toBeLessThan(0.05);
});

test('the same seeds come to the same', () => {
  expect(measureLearning(mainScenario, learning, 3)).toEqual(measureLearning(mainScenario, learning, 3));
});

test('the report names each target', () => {
  const report = formatLearning(results);
  expect(targetsOf(results)).toHaveLength(5);
  for (const { name, target } of targetsOf(results)) expect(report).toMatch(new RegExp(`^${name} .*${target}`, 'm'));
});
