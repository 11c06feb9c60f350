/** What a run of the benchmark of live events came to. */
export interface EventResults {
  /** ISO, of the day. */
  date: string;
  subscribers: number;
  writers: number;
  perSecond: number;
  /** Written, each for every subscriber. */
  events: number;
  /** Different ones, of all subscribers together. */
  arrived: number;
  /** That came to a subscriber once more. */
  repeated: number;
  /** From asking for the commit to the subscriber, in milliseconds. */
  delayMs: { p50: number; p99: number; max: number };
  /** Of the machine, in the last minute. */
  load: number;
}

/** Of the smallest that so many share are not above. NaN where nothing was measured. */
export function delaysIn(measuredMs: readonly number[]): EventResults['delayMs'] {
  const sorted = [...measuredMs].sort((left, right) => left - right);
  const quantile = (share: number): number =>
    Math.round((sorted[Math.ceil(share * sorted.length) - 1] ?? NaN) * 10) / 10;
  return { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
}

/** Whether each subscriber has each event, once. */
export function isWhole({ events, subscribers, arrived, repeated }: EventResults): boolean {
  return events > 0 && arrived === events * subscribers && repeated === 0;
}

/** Sentences as they stand on the page. */
export function formatEvents(results: EventResults): string[] {
  const { date, events, perSecond, subscribers, arrived, repeated, delayMs } = results;
  const number = (value: number): string => value.toLocaleString('en-US');
  const [p50, p99, max] = [delayMs.p50, delayMs.p99, delayMs.max].map((ms) => `${ms.toFixed(1)} ms`);
  const all = number(events * subscribers);
  return [
    `${number(events)} events at ${perSecond} a second, ${date}: P50 ${p50}, P99 ${p99}, ${max} at most`,
    isWhole(results) ? `All ${all} arrived.` : `Of ${all}, ${number(arrived)} arrived, and ${number(repeated)} twice.`,
  ];
}
