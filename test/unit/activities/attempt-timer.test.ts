import { startAttemptTimer } from '../../../src/activities/attempt/attempt-timer';

const dayMs = 86_400_000;

/** Without a pause: what other files of this process have left behind would arm its timers on the fake clock, and tick for a year. */
function onFakeClock(test: () => void): void {
  jest.useFakeTimers();
  try {
    test();
  } finally {
    jest.useRealTimers();
  }
}

it.each([1, dayMs, 30 * dayMs, 365 * dayMs])('is due after %d ms, and not before', (afterMs) => {
  onFakeClock(() => {
    let due = 0;
    startAttemptTimer(afterMs, () => void (due += 1));
    jest.advanceTimersByTime(afterMs - 1);
    expect(due).toBe(0);
    jest.advanceTimersByTime(1);
    expect(due).toBe(1);
  });
});

it('is never due once it is stopped', () => {
  onFakeClock(() => {
    let due = 0;
    const stop = startAttemptTimer(60 * dayMs, () => void (due += 1));
    jest.advanceTimersByTime(40 * dayMs);
    stop();
    jest.advanceTimersByTime(40 * dayMs);
    expect(due).toBe(0);
  });
});
