import { measureAttempts } from './measure-attempts';
import { measureEtas } from './measure-etas';

/** The figures that have a target, of one seed. */
export interface Swept {
  fleets: number;
  seed: string;
  etas: number;
  withinP50: number;
  withinP90: number;
  attemptsWithinP90: number;
  calibrationError: number;
}

/** Few fleets, as in the test, and more of them. */
const sizes = [
  { fleets: 25, seeds: 8 },
  { fleets: 100, seeds: 4 },
];

/** Whether the figures hang on the seed, or on how many fleets there are. */
export function sweep(): Swept[] {
  return sizes.flatMap(({ fleets, seeds }) =>
    Array.from({ length: seeds }, (_, nth): Swept => {
      const seed = String(nth + 1);
      const all = measureEtas(fleets, seed).accuracies.find(({ group }) => group === 'all');
      if (!all) throw new RangeError('nothing was forecast');
      const { durations, calibrationError } = measureAttempts(fleets, seed);
      const { sessions: etas, withinP50, withinP90 } = all;
      return { fleets, seed, etas, withinP50, withinP90, attemptsWithinP90: durations.withinP90, calibrationError };
    }),
  );
}
