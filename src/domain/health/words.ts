import type { MetricUnit } from './metrics';

const steps: readonly [name: string, size: number][] = [
  ['TB', 1024 ** 4],
  ['GB', 1024 ** 3],
  ['MB', 1024 ** 2],
  ['KB', 1024],
];

const times: readonly [name: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** `1.5 GB`, `4 min`, `81%`. */
export function amountWords(unit: MetricUnit, value: number): string {
  switch (unit) {
    case 'bytes':
      return stepped(steps, value, 'B');
    case 'ms':
      return stepped(times, value, 'ms');
    case 'share':
      return `${short(value * 100)}%`;
    case 'micros':
      return `$${(value / 1_000_000).toFixed(2)}`;
    case 'count':
      return short(value);
  }
}

function stepped(names: readonly [string, number][], value: number, smallest: string): string {
  const [name, size] = names.find(([, least]) => Math.abs(value) >= least) ?? [smallest, 1];
  return `${short(value / size)} ${name}`;
}

/** Two digits are enough for people. */
function short(value: number): string {
  return String(Math.abs(value) >= 10 ? Math.round(value) : Number(value.toPrecision(2)));
}
