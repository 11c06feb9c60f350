import type { Watched } from './metrics';
import { fromScale, toScale } from './metrics';
import { median, spread } from './robust';
import type { Season } from './season';
import { excessOverDays, noteInSeason } from './season';

/** What is known of a metric's own past, on its scale. Plain JSON of some kilobytes, whatever the past. */
export interface Detector {
  /** The latest normal values, oldest first. */
  window: number[];
  /** Of each of the last hours: the largest deviation that was normal, by one value, and by two in a row (the smaller of both). */
  hours: { hour: number; single: number; double: number; spread: number }[];
  /** The deviation of the value before, in spreads. */
  last: number;
  season: Season;
  open: OpenAnomaly | null;
}

export type AnomalyKind = 'deviation' | 'leak';

export interface OpenAnomaly {
  kind: AnomalyKind;
  /** Milliseconds since 1970. */
  since: number;
  /** In the metric's unit: what was measured when it was worst, and what was expected then. */
  worst: number;
  expected: number;
  /** In normal spreads, how far off it was then. */
  spreads: number;
  /** Values in a row that were normal again. */
  calm: number;
  /** Values since it opened. */
  lasts: number;
}

export const detection = {
  /** Values that the level is the median of: one hour of sweeps every 30 s. */
  windowSize: 120,
  /** So many are needed before anything is called unusual. */
  fewest: 40,
  /** One value this many spreads off is an anomaly, and two in a row this many. */
  single: 8,
  double: 6,
  /** … and beyond what the last day had as normal, by these factors. */
  singleMargin: 2,
  doubleMargin: 1.5,
  /** Growth from day to day by this many spreads, twice in a row. */
  leak: 8,
  /** It is over after so many values in a row that are off by less than half of what opened it. */
  calm: 4,
  /** What lasts for this many values is the new normal. */
  adopted: 120,
} as const;

const hourMs = 3_600_000;
const rememberedHours = 24;

export const newDetector: Detector = {
  window: [],
  hours: [],
  last: 0,
  season: { slots: {}, current: null },
  open: null,
};

/** Takes in the next value, and says in `open` whether it is unusual for the metric. Total: what is no finite number changes nothing. */
export function observe(watched: Watched, detector: Detector, at: number, value: number): Detector {
  if (!Number.isFinite(value)) return detector;
  const scaled = rounded(toScale(watched.scale, value));
  if (detector.window.length < detection.fewest) {
    return { ...detector, window: [...detector.window, scaled], season: noteInSeason(detector.season, at, scaled) };
  }
  const deviation = deviationOf(watched, detector, value, scaled);
  const limits = limitsOf(detector);
  const double = Math.min(deviation.spreads, detector.last);
  const isOff = deviation.isLarge && (deviation.spreads >= limits.single || double >= limits.double);
  const next = { ...detector, last: rounded(deviation.spreads) };
  if (detector.open?.kind === 'deviation' || isOff) return deviate(next, at, value, scaled, deviation, limits.double);
  return leakOrNot(watched, takeIn(next, at, scaled, deviation, double), at, value);
}

interface Deviation {
  /** Towards the bad side. */
  spreads: number;
  expected: number;
  isLarge: boolean;
  spread: number;
}

function deviationOf(watched: Watched, detector: Detector, value: number, scaled: number): Deviation {
  const level = median(detector.window);
  const own = spread(detector.window, level);
  const expected = fromScale(watched.scale, level);
  const sign = watched.direction === 'up' ? 1 : -1;
  const off = sign * (scaled - level);
  // Of what never moved, everything is infinitely far; the smallest deviation that counts takes the place of a spread then.
  const smallest = Math.abs(toScale(watched.scale, expected + watched.leastDeviation) - level) / detection.single;
  return {
    spreads: off / Math.max(own, spreadOfDay(detector), smallest, Number.EPSILON),
    expected,
    isLarge: sign * (value - expected) >= watched.leastDeviation,
    spread: own,
  };
}

function spreadOfDay({ hours }: Detector): number {
  return hours.length === 0 ? 0 : median(hours.map((hour) => hour.spread));
}

function limitsOf({ hours }: Detector): { single: number; double: number } {
  return {
    single: Math.max(detection.single, detection.singleMargin * Math.max(0, ...hours.map(({ single }) => single))),
    double: Math.max(detection.double, detection.doubleMargin * Math.max(0, ...hours.map(({ double }) => double))),
  };
}

/** An anomaly begins, goes on, or ends. What is unusual is kept out of what is normal. */
function deviate(
  detector: Detector,
  at: number,
  value: number,
  scaled: number,
  { spreads, expected }: Deviation,
  limit: number,
): Detector {
  const before = detector.open?.kind === 'deviation' ? detector.open : undefined;
  const calm = spreads < limit / 2 ? (before?.calm ?? 0) + 1 : 0;
  const lasts = (before?.lasts ?? 0) + 1;
  if (calm >= detection.calm) return { ...detector, open: null };
  // The window turns over to the new level while the anomaly lasts, without being looked at.
  if (lasts >= detection.adopted) return { ...detector, open: null, window: [scaled], hours: [], last: 0 };
  const isWorst = !before || spreads > before.spreads;
  const worst = isWorst ? { worst: value, expected: rounded(expected), spreads: rounded(spreads) } : before;
  const { worst: worstValue, expected: worstExpected, spreads: worstSpreads } = worst;
  return {
    ...detector,
    open: {
      kind: 'deviation',
      since: before?.since ?? at,
      worst: worstValue,
      expected: worstExpected,
      spreads: worstSpreads,
      calm,
      lasts,
    },
  };
}

function takeIn(detector: Detector, at: number, scaled: number, deviation: Deviation, double: number): Detector {
  const hour = Math.floor(at / hourMs);
  const latest = detector.hours.at(-1);
  const isSame = latest?.hour === hour;
  const entry = {
    hour,
    single: rounded(Math.max(isSame ? latest.single : 0, deviation.spreads)),
    double: rounded(Math.max(isSame ? latest.double : 0, double)),
    spread: rounded(isSame ? latest.spread : deviation.spread),
  };
  const hours = [...(isSame ? detector.hours.slice(0, -1) : detector.hours), entry].slice(-rememberedHours);
  return { ...detector, hours, window: [...detector.window, scaled].slice(-detection.windowSize) };
}

/** Growth that the window follows shows only against the days before. */
function leakOrNot(watched: Watched, detector: Detector, at: number, value: number): Detector {
  if (!watched.canLeak) return detector;
  const scaled = detector.window.at(-1) ?? 0;
  const season = noteInSeason(detector.season, at, scaled);
  const excess = excessOverDays(season, at, detector.window);
  const open = detector.open;
  if (!excess) return { ...detector, season, open: null };
  // The spread of the window holds what has grown within it.
  const spreads = excess.over / Math.max(spreadOfDay(detector), Number.EPSILON);
  const expected = fromScale(watched.scale, excess.most);
  const isOff = spreads >= detection.leak && value - expected >= watched.leastDeviation;
  if (!open && !isOff) return { ...detector, season };
  const calm = spreads < detection.leak / 2 ? (open?.calm ?? 0) + 1 : 0;
  if (calm >= detection.calm) return { ...detector, season, open: null };
  const isWorst = !open || spreads > open.spreads;
  return {
    ...detector,
    season,
    open: {
      kind: 'leak',
      since: open?.since ?? at,
      worst: isWorst ? value : open.worst,
      expected: rounded(isWorst ? expected : open.expected),
      spreads: rounded(isWorst ? spreads : open.spreads),
      calm,
      lasts: (open?.lasts ?? 0) + 1,
    },
  };
}

/** Seven digits are enough to compare, and take a third of the space. */
function rounded(value: number): number {
  return Number(value.toPrecision(7));
}
