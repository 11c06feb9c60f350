import { settledWithin, sleep } from '../../../src/connectors/wait';

const dayMs = 86_400_000;

describe('a sleep', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test.each([10, 30 * dayMs, 100 * dayMs])(
    'of %i ms lasts as long as it is told, and leaves no timer',
    async (durationMs) => {
      const awake = jest.fn();
      void sleep(durationMs, new AbortController().signal).then(awake);
      await jest.advanceTimersByTimeAsync(durationMs - 1);
      expect(awake).not.toHaveBeenCalled();
      await jest.advanceTimersByTimeAsync(1);
      expect(awake).toHaveBeenCalled();
      expect(jest.getTimerCount()).toBe(0);
    },
  );

  test('ends when it is aborted, and leaves no timer', async () => {
    const controller = new AbortController();
    const sleeping = sleep(30 * dayMs, controller.signal);
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
