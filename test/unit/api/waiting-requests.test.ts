import { WaitingRequests } from '../../../src/api/waiting-requests';

const there = new AbortController().signal;

test('a request is woken by any of its keys, and by no other', async () => {
  const waiting = new WaitingRequests();
  const woken = waiting.wait(['a', 'b'], 60_000, there);
  const other = waiting.wait(['c'], 60_000, there);
  waiting.wake('b');
  expect(await woken).toBe(true);
  waiting.wake('c');
  expect(await other).toBe(true);
});

test('a request that waits for nothing, or long enough, or whose asker has gone, is let go', async () => {
  const waiting = new WaitingRequests();
  const gone = new AbortController();
  const left = waiting.wait(['a'], 60_000, gone.signal);
  gone.abort();
  expect(await Promise.all([left, waiting.wait(['a'], 0, there), waiting.wait(['a'], 1, there)])).toEqual([
    false,
    false,
    false,
  ]);
});

test('all are let go when it closes, and nobody waits any more', async () => {
  const waiting = new WaitingRequests();
  const before = waiting.wait(['a'], 60_000, there);
  waiting.close();
  expect(await before).toBe(false);
  expect(await waiting.wait(['a'], 60_000, there)).toBe(false);
});
