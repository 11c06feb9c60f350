import { formatDuration, parseDuration } from './duration';

/** So many attempts may start in each window. */
export interface RateLimit {
  starts: number;
  windowMs: number;
}

const shortestWindowMs = 1_000;
const longestWindowMs = 31 * 86_400_000;
const maxStarts = 1_000_000;

export const rateLimitForm =
  `must be ATTEMPTS/WINDOW, as 100/1m or 5000/1d: from 1 to ${maxStarts} attempts, ` +
  `in a window of ${formatDuration(shortestWindowMs)} to ${formatDuration(longestWindowMs)}`;

/** `100/1m`; undefined where the text is no limit. */
export function parseRateLimit(text: string): RateLimit | undefined {
  const [, digits = '', window = ''] = /^([1-9]\d{0,6})\/(.+)$/.exec(text) ?? [];
  const starts = Number(digits);
  const windowMs = parseDuration(window);
  if (starts < 1 || starts > maxStarts || windowMs === undefined) return undefined;
  return windowMs >= shortestWindowMs && windowMs <= longestWindowMs ? { starts, windowMs } : undefined;
}

/** The same text for limits that are the same: `60/60s` and `60/1m` have one window. */
export function formatRateLimit({ starts, windowMs }: RateLimit): string {
  return `${starts}/${formatDuration(windowMs)}`;
}
