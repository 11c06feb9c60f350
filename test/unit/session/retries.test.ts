import fc from 'fast-check';
import type { RetryPolicy } from '../../../src/domain/plan/plan';
import { backoffMs } from '../../../src/domain/session/retries';
import { engineRuns } from '../../helpers/engine/engine-runs';
import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

describe('a retry', () => {
  test.each(['failed', 'contradictory', 'timed_out', 'rate_limited'] as const)(
    'follows an attempt that came to %s',
    (verdict) => {
      const session = new TestSession(outlineOf({ a: { attempts: 2 } }));
      session.end('a', verdict);
      expect(session.run('a')).toMatchObject({ status: 'waiting', dueAt: 10 });
      session.passTo(10);
      expect(session.commands).toEqual([{ type: 'start-attempt', run: 'a', attempt: 2, agent: 'worker', token: 2 }]);
    },
  );

  test('follows a lost attempt, and knows until it starts that nothing was heard of that', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2 } }));
    session.lose('a');
    expect(session.run('a')).toMatchObject({ status: 'waiting', wasLost: true });
    session.passTo(10);
    expect(session.run('a')).toMatchObject({ status: 'running', attempt: 2, tries: 2 });
    expect(session.run('a').wasLost).toBeUndefined();
  });

  test('comes later each time, up to the longest interval', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 6 } }));
    const pauses: number[] = [];
    for (let at = 0; pauses.length < 5;) {
      session.fail('a');
      const dueAt = session.run('a').dueAt ?? 0;
      pauses.push(dueAt - at);
      session.passTo((at = dueAt));
    }
    expect(pauses).toEqual([10, 20, 40, 60, 60]);
  });

  test('comes at once where the interval is zero', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2, retry: { initialIntervalMs: 0 } } }));
    session.fail('a');
    expect(session.started).toEqual(['a']);
  });

  test('waits at least as long as the agent asked for', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 3 } }));
    session.end('a', 'rate_limited', { retryAfterMs: 500 });
    expect(session.status('a')).toBe('waiting: rate-limit');
    expect(session.run('a').dueAt).toBe(500);
    session.passTo(500);
    session.end('a', 'rate_limited', { retryAfterMs: 1 });
    expect(session.run('a').dueAt).toBe(520);
  });

  test('does not come before its time', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2 } }));
    session.fail('a');
    session.passTo(9);
    expect(session.inFlight).toEqual([]);
  });

  test('holds up nobody: another task takes the slot meanwhile', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2 }, b: {} }, { concurrency: 1 }));
    session.fail('a');
    expect(session.started).toEqual(['b']);
  });
});

describe('a task fails', () => {
  test('when its attempts are used up', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2 } }));
    session.fail('a');
    session.passTo(10);
    session.fail('a');
    expect(session.status('a')).toBe('failed: attempts');
  });

  test('after as many as evidence allows at the latest start, in place of the plan', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2 } }));
    session.tries = 3;
    session.fail('a');
    session.passTo(10);
    session.fail('a');
    expect(session.run('a')).toMatchObject({ status: 'waiting', tries: 2, mostTries: 3 });
    session.tries = 1;
    session.passTo(session.run('a').dueAt ?? 0);
    session.fail('a');
    expect(session.status('a')).toBe('failed: attempts');
  });

  test('after fewer than the plan has, where evidence says so to who waited in the line', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 5, agents: 'of the registry' } }));
    session.tries = 1;
    session.grant('a', 'ada');
    session.fail('a');
    expect(session.status('a')).toBe('failed: attempts');
  });

  test('after as many as the plan has with its fallback, of which no evidence is known', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2, agents: 'of the registry', fallback: 'worker' } }));
    session.tries = 1;
    session.grant('a', 'ada');
    session.tries = undefined;
    session.fail('a');
    expect(session.agentOf('a')).toBe('worker');
    session.fail('a');
    expect(session.run('a')).toMatchObject({ status: 'waiting', onFallback: true });
  });

  test('at once where trying again cannot help', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 5 } }));
    session.end('a', 'failed', { retryable: false });
    expect(session.status('a')).toBe('failed: attempts');
  });
});

describe('a try is not spent', () => {
  test('by an attempt that was never begun', () => {
    const session = new TestSession(outlineOf({ a: {} }));
    session.leaveUnstarted('a');
    expect(session.run('a')).toMatchObject({ status: 'running', attempt: 2, tries: 1 });
  });

  test('by an attempt that its worker stopped when it shut down', () => {
    const session = new TestSession(outlineOf({ a: {} }));
    session.end('a', 'cancelled');
    expect(session.run('a')).toMatchObject({ status: 'running', attempt: 2, tries: 1 });
  });
});

describe('the end of an attempt that is not the one in flight', () => {
  const retried = (): TestSession => {
    const session = new TestSession(outlineOf({ a: { attempts: 3 }, b: { needs: ['a'] } }));
    session.lose('a');
    return session;
  };

  test('changes nothing while the next one is awaited', () => {
    const session = retried();
    const before = session.state;
    session.send({ type: 'attempt-ended', run: 'a', attempt: 1, verdict: 'succeeded' });
    expect(session.state).toEqual(before);
  });

  test('changes nothing while the next one runs', () => {
    const session = retried();
    session.passTo(10);
    const before = session.state;
    session.send({ type: 'attempt-ended', run: 'a', attempt: 1, verdict: 'succeeded' });
    expect(session.state).toEqual(before);
    expect(session.run('a').attempt).toBe(2);
  });

  test.each([
    ['of another task', 'nowhere', 1],
    ['of an item of what is no fan-out', 'a[0]', 1],
    ['with a number that is still to come', 'a', 7],
  ])('changes nothing when it is %s', (_, run, attempt) => {
    const session = retried();
    session.passTo(10);
    const before = session.state;
    session.send({ type: 'attempt-ended', run, attempt, verdict: 'failed' });
    expect(session.state).toEqual(before);
  });
});

describe('the backoff', () => {
  const policy: fc.Arbitrary<RetryPolicy> = fc.record({
    attempts: fc.integer({ min: 1, max: 100 }),
    initialIntervalMs: fc.integer({ min: 0, max: 86_400_000 }),
    backoff: fc.double({ min: 1, max: 1e6, noNaN: true }),
    maxIntervalMs: fc.integer({ min: 0, max: 86_400_000 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const tries = fc.integer({ min: 1, max: 100 });

  test('stays within the share that is random', () => {
    fc.assert(
      fc.property(policy, tries, fc.string(), (retry, tried, seed) => {
        const middle = Math.min(
          retry.initialIntervalMs * Math.min(retry.backoff ** (tried - 1), 1e300),
          retry.maxIntervalMs,
        );
        const delay = backoffMs(retry, tried, seed);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(middle * (1 - retry.jitter)));
        expect(delay).toBeLessThanOrEqual(Math.ceil(middle * (1 + retry.jitter)));
      }),
      engineRuns(0.1),
    );
  });

  test('is zero where the interval is, however steep it is', () => {
    const steep = { attempts: 100, initialIntervalMs: 0, backoff: 1e6, maxIntervalMs: 1_000, jitter: 0.5 };
    expect(backoffMs(steep, 99, 'seed')).toBe(0);
  });

  test('is the same for the same seed, and spreads out for others', () => {
    const retry = { attempts: 3, initialIntervalMs: 1_000, backoff: 2, maxIntervalMs: 60_000, jitter: 0.5 };
    const delays = Array.from({ length: 200 }, (_, run) => backoffMs(retry, 1, `session/each[${run}]/1`));
    expect(Array.from({ length: 200 }, (_, run) => backoffMs(retry, 1, `session/each[${run}]/1`))).toEqual(delays);
    expect(new Set(delays).size).toBeGreaterThan(100);
    expect(Math.min(...delays)).toBeLessThan(700);
    expect(Math.max(...delays)).toBeGreaterThan(1_300);
  });
});
