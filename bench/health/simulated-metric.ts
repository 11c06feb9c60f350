import { createRandom } from '../../src/domain/random';
import type { Watched } from '../../src/domain/health/metrics';

export const sweepMs = 30_000;
export const sweepsOfDay = 2_880;

/** What the noise of a metric is like. */
export const noises = [
  'normal',
  'correlated',
  'heavy-tailed',
  'skewed',
  'counts',
  'busy counts',
  'never moves',
] as const;
export type Noise = (typeof noises)[number];

/** Normal running: a daily rhythm of eight standard deviations, another mean every day, and noise. `value(at)` is to be asked in order. */
export interface SimulatedMetric {
  watched: Watched;
  /** In the unit of the metric, around its mean: one standard deviation of its noise, at a time of day. */
  value(sweep: number): number;
  /** `value`, moved by so many standard deviations of the noise. */
  moved(sweep: number, deviations: number): number;
}

/** However small a deviation is, it counts: the metrics of the product are more patient. */
const watchedAs = (scale: Watched['scale'], direction: Watched['direction']): Watched => ({
  name: 'a metric',
  unit: 'count',
  scale,
  direction,
  leastDeviation: 0,
  canLeak: true,
});

export function simulatedMetric(
  noise: Noise,
  direction: Watched['direction'],
  ...seed: (string | number)[]
): SimulatedMetric {
  const random = createRandom(noise, direction, ...seed);
  const phase = random();
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let [previous, day, ofDay] = [0, -1, 0];
  const rhythm = (sweep: number): number => {
    if (Math.floor(sweep / sweepsOfDay) !== day) [day, ofDay] = [Math.floor(sweep / sweepsOfDay), normal()];
    return 4 * Math.sin(2 * Math.PI * (sweep / sweepsOfDay + phase)) + ofDay;
  };
  const poisson = (mean: number): number => {
    // Of many, the square root is normal.
    if (mean > 50) return Math.max(0, Math.round((Math.sqrt(mean) + normal() / 2) ** 2));
    let [count, product] = [0, random()];
    for (const least = Math.exp(-mean); product > least; count++) product *= random();
    return count;
  };
  const standard = (): number => {
    switch (noise) {
      case 'correlated':
        return (previous = 0.7 * previous + Math.sqrt(1 - 0.7 ** 2) * normal());
      case 'heavy-tailed': {
        // Student's t with four degrees of freedom, of standard deviation 1.
        const chi = Array.from({ length: 4 }, normal).reduce((sum, value) => sum + value * value, 0);
        return normal() / Math.sqrt(chi / 4) / Math.SQRT2;
      }
      default:
        return normal();
    }
  };
  switch (noise) {
    case 'skewed': {
      const value = (sweep: number, deviations: number): number =>
        Math.exp(3 + 0.3 * (rhythm(sweep) / 4 + standard() + deviations));
      return { watched: watchedAs('logarithm', direction), value: (sweep) => value(sweep, 0), moved: value };
    }
    case 'counts':
    case 'busy counts': {
      const mean = (sweep: number): number => (noise === 'counts' ? 4 : 100) * Math.exp(0.15 * rhythm(sweep));
      const moved = (sweep: number, deviations: number): number =>
        Math.max(0, poisson(mean(sweep)) + deviations * Math.sqrt(mean(sweep)));
      return { watched: watchedAs('root', direction), value: (sweep) => moved(sweep, 0), moved };
    }
    case 'never moves':
      return { watched: watchedAs('linear', direction), value: () => 7, moved: (_, deviations) => 7 + deviations };
    default: {
      const value = (sweep: number, deviations: number): number => 100 + rhythm(sweep) + standard() + deviations;
      return { watched: watchedAs('linear', direction), value: (sweep) => value(sweep, 0), moved: value };
    }
  }
}
