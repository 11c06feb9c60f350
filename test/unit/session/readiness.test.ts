import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

describe('a task becomes ready', () => {
  test('at once where it needs nothing', () => {
    const session = new TestSession(outlineOf({ a: {}, b: {}, c: { needs: ['a'] } }));
    expect(session.started).toEqual(['a', 'b']);
  });

  test('when the last of its needs has succeeded', () => {
    const session = new TestSession(outlineOf({ a: {}, b: {}, c: { needs: ['a', 'b'] } }));
    session.succeed('b');
    expect(session.status('c')).toBe('pending');
    session.succeed('a');
    expect(session.started).toEqual(['c']);
  });

  test('without waiting for a slow sibling branch', () => {
    const session = new TestSession(outlineOf({ slow: {}, a: {}, b: { needs: ['a'] }, c: { needs: ['b'] } }));
    session.succeed('a', 'b');
    expect(session.inFlight).toEqual(['slow', 'c']);
  });

  test('after a need that failed and may', () => {
    const session = new TestSession(outlineOf({ a: { onFailure: 'continue' }, b: { needs: ['a'] } }));
    session.fail('a');
    expect(session.inFlight).toEqual(['b']);
  });

  test('after a need that its own condition skipped', () => {
    const session = new TestSession(outlineOf({ a: { conditional: true }, b: { needs: ['a'] } }), { a: false });
    expect(session.status('a')).toBe('skipped: condition');
    expect(session.inFlight).toEqual(['b']);
  });
});

describe('a task is skipped', () => {
  test.each(['fail', 'skip-dependents'] as const)('when a need fails under %s', (onFailure) => {
    const session = new TestSession(outlineOf({ a: { onFailure }, b: { needs: ['a'] } }));
    session.fail('a');
    expect(session.run('b').status).toBe('skipped');
  });

  test('when a need was skipped because of a failure further up, however far', () => {
    const session = new TestSession(
      outlineOf({ a: { onFailure: 'skip-dependents' }, b: { needs: ['a'] }, c: { needs: ['b'] }, d: { needs: ['c'] } }),
    );
    session.fail('a');
    expect(['b', 'c', 'd'].map((run) => session.status(run))).toEqual(Array(3).fill('skipped: need'));
  });

  test('although a need between may fail: only a failure of its own may be passed over', () => {
    const session = new TestSession(
      outlineOf({
        a: { onFailure: 'skip-dependents' },
        b: { needs: ['a'], onFailure: 'continue' },
        c: { needs: ['b'] },
      }),
    );
    session.fail('a');
    expect(session.status('c')).toBe('skipped: need');
  });

  test('as soon as one need has failed, while others still run', () => {
    const session = new TestSession(
      outlineOf({ a: { onFailure: 'skip-dependents' }, slow: {}, c: { needs: ['a', 'slow'] } }),
    );
    session.fail('a');
    expect(session.status('c')).toBe('skipped: need');
    expect(session.inFlight).toEqual(['slow']);
  });

  test('by its own condition, which is asked when its needs are met', () => {
    const session = new TestSession(outlineOf({ a: {}, b: { needs: ['a'], conditional: true } }), { b: false });
    expect(session.status('b')).toBe('pending');
    session.succeed('a');
    expect(session.status('b')).toBe('skipped: condition');
    expect(session.state.ended?.status).toBe('succeeded');
  });
});

describe('a condition', () => {
  test('that is true lets its task run', () => {
    const session = new TestSession(outlineOf({ a: { conditional: true } }));
    expect(session.inFlight).toEqual(['a']);
  });

  test('that cannot be evaluated fails its task', () => {
    const session = new TestSession(outlineOf({ a: { conditional: true } }), { a: 'reject' });
    expect(session.status('a')).toBe('failed: evaluation');
    expect(session.state.ended?.status).toBe('failed');
  });

  test('is not asked while the session is paused', () => {
    const session = new TestSession(outlineOf({ a: {}, b: { needs: ['a'], conditional: true } }));
    session.pause();
    session.succeed('a');
    expect(session.state.toEvaluate).toEqual([1]);
    session.resume();
    expect(session.inFlight).toEqual(['b']);
  });
});

describe('a failure under `fail`', () => {
  const outline = outlineOf(
    { bad: {}, busy: { attempts: 2 }, later: {}, next: { needs: ['busy'] } },
    { concurrency: 2 },
  );

  test('skips what has not begun', () => {
    const session = new TestSession(outline);
    session.fail('bad');
    expect(session.status('later')).toBe('skipped: session-failed');
    expect(session.status('next')).toBe('skipped: session-failed');
  });

  test('is told of once, by the first of several', () => {
    const session = new TestSession(outlineOf({ a: {}, b: {}, busy: {} }));
    session.fail('a');
    expect(session.facts).toContainEqual(expect.objectContaining({ type: 'session-stopping', reason: 'a failed' }));
    expect(session.state.stopping).toBe('failed');
    session.fail('b');
    expect(session.facts.map(({ type }) => type)).toEqual(['attempt-ended', 'task-failed']);
  });

  test('lets what has begun finish, with its retries', () => {
    const session = new TestSession(outline);
    session.fail('bad', 'busy');
    expect(session.status('busy')).toBe('waiting: retry');
    session.passTo(10);
    expect(session.inFlight).toEqual(['busy']);
    session.succeed('busy');
    expect(session.state.ended?.status).toBe('failed');
  });

  test('skips the items of a fan-out that have not begun, and ends it with those that have', () => {
    const session = new TestSession(outlineOf({ bad: {}, each: { forEach: true, maxParallel: 1 } }));
    session.fail('bad');
    expect(session.status('each[1]')).toBe('skipped: session-failed');
    session.succeed('each[0]');
    expect(session.status('each')).toBe('skipped: session-failed');
  });

  test('skips what was retried but has not begun again', () => {
    const session = new TestSession(outlineOf({ a: { onFailure: 'continue' }, bad: {} }, { concurrency: 1 }));
    session.fail('a');
    session.retry('a');
    session.fail('bad');
    expect(session.status('a')).toBe('skipped: session-failed');
    expect(session.state.ended?.status).toBe('failed');
  });
});

describe('the log', () => {
  const queued = (session: TestSession) =>
    session.facts.flatMap((fact) => (fact.type === 'task-queued' ? [fact.run] : []));

  test('tells of tasks in the order of the plan', () => {
    const session = new TestSession(outlineOf({ a: {}, b: {}, c: { needs: ['b'] }, d: { needs: ['b'] } }));
    expect(queued(session)).toEqual(['a', 'b']);
    session.succeed('b');
    expect(queued(session)).toEqual(['c', 'd']);
  });

  test('tells once that a task with a condition is queued', () => {
    const session = new TestSession(outlineOf({ a: {}, b: { needs: ['a'], conditional: true } }));
    session.succeed('a');
    expect(session.inFlight).toEqual(['b']);
    expect(queued(session)).toEqual(['b']);
  });
});
