import { createRunningAttempts } from '../../../src/activities/attempt/running-attempts';
import type { LeaseExtension } from '../../../src/contracts/ports/attempt-store';
import { until } from '../../helpers/until';

const attempt = (token: number, session = 's') => ({
  workspace: 'default',
  session,
  run: `run-${token}`,
  attempt: 1,
  token,
});

/** A store that extends all leases and says which attempts are to stop. */
function scriptedStore() {
  const calls: { leases: LeaseExtension[]; leaseMs: number }[] = [];
  const errors: unknown[] = [];
  const toStop = new Set<number>();
  let failures = 0;
  const store = {
    extend: async (leases: LeaseExtension[], leaseMs: number) => {
      calls.push({ leases: leases.map((lease) => ({ ...lease })), leaseMs });
      if (failures > 0) {
        failures -= 1;
        throw new Error('the database is away');
      }
      return leases.filter(({ token }) => toStop.has(token));
    },
  };
  const running = createRunningAttempts(store, { onError: (error) => void errors.push(error) });
  return { running, calls, errors, toStop, fail: (times: number) => (failures = times) };
}

const tokens = ({ leases }: { leases: LeaseExtension[] }): number[] => leases.map(({ token }) => token);

it('extends the leases of all attempts together, with their progress, until they end', async () => {
  const { running, calls } = scriptedStore();
  const one = running.add(attempt(1), 60);
  const two = running.add(attempt(2), 60);
  one.report({ percent: 40, message: 'half way' });
  one.report({ percent: 50 });
  await until('both were extended', () => calls.some((call) => call.leases.length === 2));
  expect(calls.find((call) => call.leases.length === 2)?.leases).toEqual([
    { ...attempt(1), percent: 50, message: 'half way' },
    attempt(2),
  ]);
  one.end();
  const before = calls.length;
  await until('the other is extended again', () => calls.length > before + 1);
  expect(tokens(calls.at(-1) ?? { leases: [] })).toEqual([2]);
  two.end();
  expect(running.size).toBe(0);
});

it('stops an attempt whose lease is cancelled or given up', async () => {
  const { running, toStop } = scriptedStore();
  const one = running.add(attempt(1), 60);
  const two = running.add(attempt(2), 60);
  toStop.add(1);
  await until('the first is stopped', () => one.signal.aborted);
  expect(one.stopCause).toBe('cancelled');
  expect(two.signal.aborted).toBe(false);
  [one, two].forEach((each) => each.end());
});

it('extends a short lease in time although a longer one came first', async () => {
  const { running, calls } = scriptedStore();
  const long = running.add(attempt(1), 3_600_000);
  const short = running.add(attempt(2), 60);
  await until('the short one is extended', () => calls.length > 0);
  expect(calls[0]).toMatchObject({ leaseMs: 60, leases: [{ token: 2 }] });
  [long, short].forEach((each) => each.end());
});

it('looks at the leases of a session as soon as it is told to', async () => {
  const { running, calls, toStop } = scriptedStore();
  const one = running.add(attempt(1, 'one'), 3_600_000);
  const two = running.add(attempt(2, 'two'), 3_600_000);
  toStop.add(1).add(2);
  await running.check({ workspace: 'default', session: 'two' });
  expect(calls.map(tokens)).toEqual([[2]]);
  expect([one.signal.aborted, two.signal.aborted]).toEqual([false, true]);
  await running.check();
  expect(one.signal.aborted).toBe(true);
  [one, two].forEach((each) => each.end());
});

it('tries again soon when the database was away, and stops nothing for it', async () => {
  const { running, calls, errors, fail } = scriptedStore();
  fail(1);
  const one = running.add(attempt(1), 60);
  await until('it was extended again', () => calls.length >= 2);
  expect(errors).toHaveLength(1);
  expect(one.signal.aborted).toBe(false);
  one.end();
});

it('keeps the first cause of a stop', () => {
  const { running } = scriptedStore();
  const one = running.add(attempt(1), 3_600_000);
  one.stop('timed-out');
  one.stop('cancelled');
  expect(one.stopCause).toBe('timed-out');
  one.end();
});

it('stops everything when the worker shuts down, and what comes after', () => {
  const { running } = scriptedStore();
  const one = running.add(attempt(1), 3_600_000);
  running.shutDown();
  const two = running.add(attempt(2), 3_600_000);
  expect([one, two].map(({ stopCause }) => stopCause)).toEqual(['worker-stopping', 'worker-stopping']);
  [one, two].forEach((each) => each.end());
});
