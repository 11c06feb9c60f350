import { whileDatabaseIsAway } from '../../../src/workflows/database-retries';

/** When tries that all fail at once are made, in milliseconds since the first one, within an outage of this length. */
function triesWithin(outageMs: number): number[] {
  const { initialInterval, backoffCoefficient, maximumInterval } = whileDatabaseIsAway.retry;
  const tries: number[] = [];
  let pauseMs = initialInterval;
  for (let at = 0; at < outageMs; at += pauseMs, pauseMs = Math.min(pauseMs * backoffCoefficient, maximumInterval)) {
    tries.push(at);
  }
  return tries;
}

/** Longest wait for a try after PostgreSQL is back, where it was away for at most so long. */
function longestWaitMs(outageMs: number): number {
  const tries = triesWithin(10 * outageMs);
  return Math.max(...tries.filter((at) => at <= outageMs).map((at, nth) => (tries[nth + 1] ?? Infinity) - at));
}

const dayMs = 24 * 3_600_000;

/** Of a history: a workflow task (three), what is known of the try, its timer, and the end of that; test/e2e/postgres-away.test.ts counts them. */
const eventsOfTry = 6;

/** Where Temporal terminates a workflow, less what a session may have before it continues as new, under a flood of requests too. */
const room = 50_000 - 1.5 * 10_000;

it('a session outlives days without PostgreSQL', () => {
  expect(triesWithin(3 * dayMs).length * eventsOfTry).toBeLessThan(room);
});

it('a session goes on within seconds after a short outage, and within a minute after a long one', () => {
  expect(longestWaitMs(5_000)).toBeLessThan(1_000);
  expect(longestWaitMs(60_000)).toBeLessThan(7_000);
  expect(longestWaitMs(dayMs)).toBeCloseTo(60_000);
});

it('queries are not held up for long: what waits in the worker waits briefly', () => {
  const { initialInterval, backoffCoefficient } = whileDatabaseIsAway.retry;
  let heldUpMs = 0;
  for (let pause = initialInterval; pause <= whileDatabaseIsAway.localRetryThreshold; pause *= backoffCoefficient)
    heldUpMs += pause;
  expect(heldUpMs).toBeLessThan(2_000);
});
