import { startAttemptTimer } from '../../../src/activities/attempt/attempt-timer';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const dayMs = 86_400_000;

it.each([1, dayMs, 30 * dayMs, 365 * dayMs])('is due after %d ms, and not before', async (afterMs) => {
  let due = 0;
  startAttemptTimer(afterMs, () => void (due += 1));
  await jest.advanceTimersByTimeAsync(afterMs - 1);
  expect(due).toBe(0);
  await jest.advanceTimersByTimeAsync(1);
  expect(due).toBe(1);
});

it('is never due once it is stopped', async () => {
  let due = 0;
  const stop = startAttemptTimer(60 * dayMs, () => void (due += 1));
  await jest.advanceTimersByTimeAsync(40 * dayMs);
  stop();
  await jest.advanceTimersByTimeAsync(40 * dayMs);
  expect(due).toBe(0);
});
