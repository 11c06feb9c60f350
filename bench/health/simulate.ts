import type { AnomalyKind, Detector } from '../../src/domain/health/detector';
import { newDetector, observe } from '../../src/domain/health/detector';
import type { Noise, SimulatedMetric } from './simulated-metric';
import { simulatedMetric, sweepMs, sweepsOfDay } from './simulated-metric';

/** Anomalies that opened in so many days of normal running: all of them are false. */
export function falseAlarms(metric: SimulatedMetric, days: number): AnomalyKind[] {
  const opened: AnomalyKind[] = [];
  run(metric, days * sweepsOfDay, newDetector, (detector, before) => {
    if (detector.open && !before.open) opened.push(detector.open.kind);
  });
  return opened;
}

export interface Fault {
  name: string;
  direction: 'up' | 'down';
  /** Sweeps of normal running before it. */
  after: number;
  /** What is measured, so many sweeps after it began. */
  value(metric: SimulatedMetric, sweep: number, since: number): number;
  /** The sweep, counted from its beginning, with which it is there to be found. */
  visibleAt: number;
  /** Of its sweeps, those in which it lasts. */
  lasts: number;
}

/** Sizes in standard deviations of the noise. Of what varies widely or is seldom, only larger faults differ from chance. */
const sizes: Record<Noise, { spike: number; shift: number }> = {
  normal: { spike: 12, shift: 10 },
  correlated: { spike: 12, shift: 10 },
  'heavy-tailed': { spike: 40, shift: 14 },
  skewed: { spike: 12, shift: 10 },
  counts: { spike: 28, shift: 18 },
  'busy counts': { spike: 16, shift: 12 },
  'never moves': { spike: 12, shift: 10 },
};

/** Enough for the window to be full. */
const warmUp = 400;
/** Standard deviations a sweep: half of one in an hour … three in an hour. */
const leakRates = [0.00417, 0.0125, 0.025];
/** A leak has grown out of what days differ by. */
const leakGrowth = 16;

/** The faults that a metric with this noise is to be watched for. */
export function faultsOf(noise: Noise): Fault[] {
  const { spike, shift } = sizes[noise];
  const moved = (deviations: number) => (metric: SimulatedMetric, sweep: number) => metric.moved(sweep, deviations);
  const abrupt = { after: warmUp, visibleAt: 0 };
  const ofLevel = noise === 'normal' || noise === 'correlated' || noise === 'skewed';
  return [
    { ...abrupt, name: 'spike', direction: 'up', lasts: 1, value: moved(spike) },
    { ...abrupt, name: 'level shift', direction: 'up', lasts: 60, value: moved(shift) },
    // What is seldom is zero now and then.
    ...(noise === 'counts' || noise === 'never moves'
      ? []
      : [{ ...abrupt, name: 'drop to zero', direction: 'down' as const, lasts: 60, value: () => 0 }]),
    ...(ofLevel ? leakRates.map(leak) : []),
  ];
}

function leak(rate: number): Fault {
  const visibleAt = Math.ceil(leakGrowth / rate);
  return {
    name: `leak of ${(rate * 120).toFixed(1)} deviations an hour`,
    direction: 'up',
    after: 3 * sweepsOfDay,
    visibleAt,
    lasts: visibleAt + 2,
    value: (metric, sweep, since) => metric.moved(sweep, rate * (since + 1)),
  };
}

/** The sweep after it became visible with which the fault was found, 1 for the first; null where it was not found by the second one. */
export function foundAfter(noise: Noise, fault: Fault, seed: number): number | null {
  const metric = simulatedMetric(noise, fault.direction, fault.name, seed);
  let detector = run(metric, fault.after, newDetector, () => undefined);
  // A false alarm just before is no finding.
  detector = { ...detector, open: null };
  for (let since = 0; since < fault.visibleAt + 2; since++) {
    const sweep = fault.after + since;
    const value = since < fault.lasts ? fault.value(metric, sweep, since) : metric.value(sweep);
    detector = observe(metric.watched, detector, sweep * sweepMs, value);
    if (detector.open) return Math.max(1, since - fault.visibleAt + 1);
  }
  return null;
}

function run(
  { watched, value }: SimulatedMetric,
  sweeps: number,
  start: Detector,
  look: (detector: Detector, before: Detector) => void,
): Detector {
  let detector = start;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const before = detector;
    detector = observe(watched, detector, sweep * sweepMs, value(sweep));
    look(detector, before);
  }
  return detector;
}
