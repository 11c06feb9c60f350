import { faultsOf, falseAlarms, foundAfter } from '../../../bench/health/simulate';
import { noises, simulatedMetric } from '../../../bench/health/simulated-metric';

// `npm run bench:health` looks at more of them.
const seeds = Array.from({ length: 5 }, (_, seed) => seed);

describe('in days of normal running, with a daily rhythm and noise of seven kinds', () => {
  it('seven metrics together give at most one false alarm a day, over five seeds', () => {
    const alarms = seeds.map((seed) =>
      noises.flatMap((noise) => falseAlarms(simulatedMetric(noise, seed % 2 === 0 ? 'up' : 'down', seed), 1)),
    );
    expect(alarms.flat().length / seeds.length).toBeLessThanOrEqual(1);
    expect(Math.max(...alarms.map((ofDay) => ofDay.length))).toBeLessThanOrEqual(2);
  });
});

const planted = noises.flatMap((noise) => faultsOf(noise).map((fault) => ({ noise, fault, name: fault.name })));

test.each(planted)('a $name in $noise noise is found within two sweeps', ({ noise, fault, name }) => {
  // Those that show only over days are many sweeps each.
  const tried = name.startsWith('leak') ? seeds.slice(0, 1) : seeds;
  const missed = tried.filter((seed) => foundAfter(noise, fault, seed) === null);
  expect(missed).toEqual([]);
});
