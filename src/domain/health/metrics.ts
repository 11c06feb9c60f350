/** How a metric is looked at so that its noise is about the same at all levels. */
export type Scale = 'linear' | 'logarithm' | 'root';

/** How a metric is watched for anomalies. */
export interface Watched {
  /** What it is, in words: `latency of PostgreSQL`. */
  name: string;
  unit: MetricUnit;
  scale: Scale;
  /** Which deviations are bad. */
  direction: 'up' | 'down';
  /** In its unit: what deviates by less is of no account, however unusual. */
  leastDeviation: number;
  /** It should not grow from day to day. */
  canLeak: boolean;
}

export type MetricUnit = 'ms' | 'bytes' | 'share' | 'count' | 'micros';

const megabyte = 1024 * 1024;

/** The metrics that are watched for anomalies, by their key in the samples. Demand (what waits, what is running) is not: it may jump as it likes. */
export const watchedMetrics: Readonly<Record<string, Watched>> = {
  'database.latency': {
    name: 'latency of PostgreSQL',
    unit: 'ms',
    scale: 'logarithm',
    direction: 'up',
    leastDeviation: 50,
    canLeak: false,
  },
  'database.connections': {
    name: 'connections to PostgreSQL',
    unit: 'share',
    scale: 'linear',
    direction: 'up',
    leastDeviation: 0.1,
    canLeak: true,
  },
  'temporal.latency': {
    name: 'latency of Temporal',
    unit: 'ms',
    scale: 'logarithm',
    direction: 'up',
    leastDeviation: 100,
    canLeak: false,
  },
  'process.eventLoop': {
    name: 'event-loop delay of the slowest process',
    unit: 'ms',
    scale: 'logarithm',
    direction: 'up',
    leastDeviation: 100,
    canLeak: false,
  },
  'process.memory': {
    name: 'memory of the largest process',
    unit: 'bytes',
    scale: 'logarithm',
    direction: 'up',
    leastDeviation: 64 * megabyte,
    canLeak: true,
  },
  'attempts.failed': {
    name: 'attempts that failed between two sweeps',
    unit: 'count',
    scale: 'root',
    direction: 'up',
    leastDeviation: 5,
    canLeak: false,
  },
  'attempts.ended': {
    name: 'attempts that ended between two sweeps',
    unit: 'count',
    scale: 'root',
    direction: 'down',
    leastDeviation: 5,
    canLeak: false,
  },
};

/** The value as it is compared; values below zero count as zero on scales that do not go there. */
export function toScale(scale: Scale, value: number): number {
  switch (scale) {
    case 'linear':
      return value;
    case 'logarithm':
      return Math.log(Math.max(0, value) + 1);
    case 'root':
      // Anscombe: makes the standard deviation of a Poisson count one.
      return 2 * Math.sqrt(Math.max(0, value) + 3 / 8);
  }
}

export function fromScale(scale: Scale, scaled: number): number {
  switch (scale) {
    case 'linear':
      return scaled;
    case 'logarithm':
      return Math.max(0, Math.exp(scaled) - 1);
    case 'root':
      return Math.max(0, (scaled / 2) ** 2 - 3 / 8);
  }
}
