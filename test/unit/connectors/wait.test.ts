import { settledWithin, sleep } from '../../../src/connectors/wait';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

describe('a sleep', () => {
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  test('lasts as long as it is told', async () => {
    // Not in beforeEach: what other files of this process have left behind would arm its timers in between.
    jest.useFakeTimers();
    const awake = jest.fn();
    void sleep(10, new AbortController().signal).then(awake);
    await jest.advanceTimersByTimeAsync(9);
    expect(awake).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(awake).toHaveBeenCalled();
  });

  test.each([20 * dayMs, 30 * dayMs, 100 * dayMs])(
    'of %i ms takes timers that Node keeps, which come to as much',
    async (durationMs) => {
      const { setTimeout: arm } = globalThis;
      const waited: number[] = [];
      jest.spyOn(globalThis, 'setTimeout').mockImplementation(((done: () => void, ms: number) => {
        // Those of others in this process are short.
        if (ms < hourMs) return arm(done, ms);
        waited.push(ms);
        return arm(done, 0);
      }) as typeof setTimeout);
      await sleep(durationMs, new AbortController().signal);
      expect(waited.reduce((sum, ms) => sum + ms)).toBe(durationMs);
      expect(Math.max(...waited)).toBeLessThan(2 ** 31);
    },
  );

  test('ends when it is aborted, and leaves no timer', async () => {
    jest.useFakeTimers();
    const controller = new AbortController();
    const sleeping = sleep(30 * dayMs, controller.signal);
    expect(jest.getTimerCount()).toBe(1);
    controller.abort();
    await sleeping;
    expect(jest.getTimerCount()).toBe(0);
  });
});

test('a promise that settles is waited for, resolved or rejected', async () => {
  await settledWithin(Promise.resolve(), 30_000);
  await settledWithin(Promise.reject(new Error('expected')), 30_000);
});

test('a promise that does not settle is not waited for longer than the limit', async () => {
  await settledWithin(new Promise(() => undefined), 10);
});
