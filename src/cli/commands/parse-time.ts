import { InvalidArgumentError } from 'commander';

/** A moment in ISO 8601, in milliseconds since 1970. */
export function parseTime(text: string): number {
  const at = Date.parse(text);
  if (/^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(at)) return at;
  throw new InvalidArgumentError('Give a time in ISO 8601, such as 2026-11-01T00:00:00Z.');
}
