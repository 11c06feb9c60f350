import { ApiError } from '../api-error';
import { ConnectionError } from './connection-error';

const firstPauseMs = 200;
const longestPauseMs = 5_000;

/** Who asks for more is taken to be away. */
const longestAskedMs = 60_000;

/**
 * How long to wait before a request is made again that failed so; undefined where that is of no use. Longer from time to time, no shorter than the API asks for, and a
 * little different each time, so that many clients do not come back at once.
 */
export function retryPauseMs(error: unknown, tries: number, random: () => number = Math.random): number | undefined {
  const mayPass = (error instanceof ApiError || error instanceof ConnectionError) && error.retryable;
  const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  if (!mayPass || askedMs > longestAskedMs) return undefined;
  const ownMs = Math.min(firstPauseMs * 2 ** tries, longestPauseMs);
  return Math.max(askedMs, ownMs / 2) + (random() * ownMs) / 2;
}
