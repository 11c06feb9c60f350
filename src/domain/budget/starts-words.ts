import { formatDuration } from '../duration';

export interface CountedStarts {
  used: number;
  limit: number;
  windowMs: number;
  /** Milliseconds since 1970. */
  endsAt: number;
}

/** `100 of 100 in 1m, more at 2026-11-22T12:35:00Z`. */
export function startsWords({ used, limit, windowMs, endsAt }: CountedStarts): string {
  const time = new Date(endsAt).toISOString().replace('.000', '');
  return `${used} of ${limit} in ${formatDuration(windowMs)}, more at ${time}`;
}
