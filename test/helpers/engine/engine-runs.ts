import type fc from 'fast-check';

/**
 * How many random schedules a test tries, and from which seed. `ENGINE_SCHEDULES` (default 10,000) sets the number for the largest test; the
 * others take their `share` of it. `ENGINE_SEED` and `ENGINE_PATH` run again what failed: both are printed with a failure.
 */
export function engineRuns(share = 1): fc.Parameters<unknown> {
  const path = process.env['ENGINE_PATH'];
  if (path !== undefined) return { numRuns: 1, seed, path };
  return { numRuns: Math.max(1, Math.round(wholeNumber('ENGINE_SCHEDULES', 10_000) * share)), seed };
}

const seed = wholeNumber('ENGINE_SEED', Date.now() % 2 ** 31);
process.stderr.write(`random schedules of the engine: ENGINE_SEED=${seed}\n`);

function wholeNumber(name: string, fallback: number): number {
  const written = process.env[name];
  if (written === undefined) return fallback;
  const value = Number(written);
  if (!Number.isSafeInteger(value)) throw new Error(`${name} has to be a whole number, not "${written}"`);
  return value;
}
