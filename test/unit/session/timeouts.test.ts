import { decide } from '../../../src/domain/session/decide';
import { nextWakeAt } from '../../../src/domain/session/timers';
import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession, sessionStart } from '../../helpers/engine/test-session';

describe('the timeout of a task', () => {
  test('counts from its first start, with all its attempts', () => {
    const session = new TestSession(outlineOf({ first: {}, a: { needs: ['first'], attempts: 9, taskTimeoutMs: 100 } }));
    session.passTo(500);
    session.succeed('first');
    session.passTo(560);
    session.fail('a');
    session.passTo(570);
    expect(nextWakeAt(session.state)).toBe(600);
    session.passTo(600);
    expect(session.commands).toEqual([{ type: 'stop-attempt', run: 'a', attempt: 2 }]);
    session.end('a', 'cancelled');
    expect(session.status('a')).toBe('failed: task-timeout');
  });

  test('fails a task at once that waits for its next attempt', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2, taskTimeoutMs: 100 } }));
    session.end('a', 'rate_limited', { retryAfterMs: 500 });
    session.passTo(100);
    expect(session.status('a')).toBe('failed: task-timeout');
  });

  test('leaves a success that came all the same', () => {
    const session = new TestSession(outlineOf({ a: { taskTimeoutMs: 100 } }));
    session.passTo(100);
    session.succeed('a');
    expect(session.status('a')).toBe('succeeded');
  });

  test('of a fan-out stops all its items, and keeps those that have succeeded', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true, maxParallel: 2, taskTimeoutMs: 100 } }), {
      each: 4,
    });
    session.succeed('each[0]');
    session.passTo(100);
    expect(session.commands).toEqual([
      { type: 'stop-attempt', run: 'each[1]', attempt: 1 },
      { type: 'stop-attempt', run: 'each[2]', attempt: 1 },
    ]);
    session.end('each[1]', 'cancelled');
    session.end('each[2]', 'cancelled');
    expect([0, 1, 2, 3].map((item) => session.status(`each[${item}]`))).toEqual([
      'succeeded',
      ...Array<string>(3).fill('failed: task-timeout'),
    ]);
    expect(session.status('each')).toBe('failed: items');
  });

  test('starts anew when the task is retried', () => {
    const session = new TestSession(outlineOf({ a: { taskTimeoutMs: 100 } }));
    session.fail('a');
    session.passTo(5_000);
    session.retry('a');
    expect(session.run('a').deadlineAt).toBe(5_100);
  });
});

describe('the timeout of an attempt', () => {
  test('is watched for a child session, which is then cancelled and retried', () => {
    const session = new TestSession(outlineOf({ child: { subPlan: true, attempts: 2, attemptTimeoutMs: 100 } }));
    session.passTo(100);
    expect(session.commands).toEqual([{ type: 'tell-child', run: 'child', attempt: 1, tell: 'cancel' }]);
    session.end('child', 'cancelled');
    session.passTo(110);
    expect(session.run('child')).toMatchObject({ status: 'running', attempt: 2, attemptDeadlineAt: 210 });
  });

  test('is left to its worker for an agent', () => {
    const session = new TestSession(outlineOf({ a: { attemptTimeoutMs: 100 } }));
    expect(nextWakeAt(session.state)).toBeUndefined();
  });
});

describe('the timeout of a session', () => {
  test('stops what runs, cancels the rest, and the session has failed', () => {
    const session = new TestSession(outlineOf({ a: {}, b: { needs: ['a'] } }, { timeoutMs: 1_000 }));
    session.passTo(1_000);
    expect(session.commands).toEqual([{ type: 'stop-attempt', run: 'a', attempt: 1 }]);
    session.end('a', 'cancelled');
    expect([session.status('a'), session.status('b')]).toEqual(Array(2).fill('cancelled: session-timeout'));
    expect(session.state.ended?.status).toBe('failed');
  });

  test('includes its pauses', () => {
    const session = new TestSession(outlineOf({ a: {}, b: { needs: ['a'] } }, { timeoutMs: 1_000 }));
    session.pause();
    session.succeed('a');
    session.passTo(1_000);
    expect(session.state.ended?.status).toBe('failed');
  });

  test('tells of a fan-out that it was the time', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true } }, { timeoutMs: 1_000 }), { each: 1 });
    session.passTo(1_000);
    session.end('each[0]', 'cancelled');
    expect(session.status('each')).toBe('cancelled: session-timeout');
  });

  test('is over with the session', () => {
    const session = new TestSession(outlineOf({ a: {} }, { timeoutMs: 1_000 }));
    session.succeed('a');
    expect(nextWakeAt(session.state)).toBeUndefined();
    session.passTo(2_000);
    expect(session.state.ended?.status).toBe('succeeded');
  });
});

describe('the timer of a session', () => {
  test('is due at the earliest of what waits', () => {
    const session = new TestSession(
      outlineOf(
        { a: { attempts: 2 }, b: { taskTimeoutMs: 30 }, c: { subPlan: true, attemptTimeoutMs: 20 } },
        { timeoutMs: 40 },
      ),
    );
    session.fail('a');
    const due: (number | undefined)[] = [];
    for (let at = nextWakeAt(session.state); at !== undefined && due.length < 9; at = nextWakeAt(session.state)) {
      due.push(at);
      session.passTo(at);
    }
    expect(due).toEqual([10, 20, 30, 40]);
  });

  test('may fire a moment before the clock says so, and then the facts carry the time of the clock', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2 } }));
    session.fail('a');
    const early = decide(session.index, session.state, { id: 'timer', type: 'time-passed', at: 10 }, sessionStart + 8);
    expect(early.state.tasks[0]).toMatchObject({ status: 'queued', queuedAt: 8 });
    expect(early.facts).toEqual([{ at: sessionStart + 8, type: 'task-queued', run: 'a' }]);
  });

  test('does nothing where nothing is due', () => {
    const session = new TestSession(outlineOf({ a: { taskTimeoutMs: 100 } }, { timeoutMs: 1_000 }));
    const before = session.state;
    session.passTo(99);
    expect(session.state).toEqual(before);
  });
});
