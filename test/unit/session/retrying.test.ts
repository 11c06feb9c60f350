import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

const reset = ({ facts }: TestSession): string[] =>
  facts.flatMap((fact) => (fact.type === 'task-reset' ? [fact.run] : []));

describe('a retry in a session that has ended', () => {
  const failed = (): TestSession => {
    const session = new TestSession(
      outlineOf(
        { ok: {}, bad: { needs: ['ok'] }, after: { needs: ['bad'] }, never: { conditional: true } },
        { timeoutMs: 1_000 },
      ),
      { never: false },
    );
    session.succeed('ok');
    session.fail('bad');
    return session;
  };

  test('runs again what failed, and what was skipped because of it; successes stand', () => {
    const session = failed();
    session.retry();
    expect(reset(session)).toEqual(['bad', 'after']);
    expect(session.started).toEqual(['bad']);
    session.succeed('bad', 'after');
    expect(session.state.ended?.status).toBe('succeeded');
    expect(['ok', 'never'].map((run) => session.status(run))).toEqual(['succeeded', 'skipped: condition']);
  });

  test('counts attempts on, tries anew, and starts the timeout anew', () => {
    const session = failed();
    session.passTo(700);
    session.retry('bad');
    expect(session.run('bad')).toMatchObject({ attempt: 2, tries: 1, startedAt: 700 });
    expect(session.state.deadlineAt).toBe(1_700);
  });

  test('gives the first agent another chance, not the fallback', () => {
    const session = new TestSession(outlineOf({ a: { agents: ['first'], fallback: 'second' } }));
    session.fail('a');
    session.fail('a');
    session.retry();
    expect(session.agentOf('a')).toBe('first');
  });

  test('leaves other failures be, which then decide how the session ends', () => {
    const session = new TestSession(outlineOf({ a: {}, b: {}, afterA: { needs: ['a'] }, afterB: { needs: ['b'] } }));
    session.fail('a', 'b');
    session.retry('a');
    session.succeed('a', 'afterA');
    expect(['b', 'afterB'].map((run) => session.run(run).status)).toEqual(['failed', 'skipped']);
    expect(session.state.ended?.status).toBe('failed');
  });

  test('can be repeated, as long as something fails', () => {
    const session = failed();
    session.retry();
    session.fail('bad');
    expect(session.state.ended?.status).toBe('failed');
    session.retry();
    session.succeed('bad', 'after');
    expect(session.state.ended?.status).toBe('succeeded');
  });
});

describe('a retry of a fan-out', () => {
  test('runs only the items that did not succeed, with new numbers', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true } }), { each: 3 });
    session.succeed('each[0]', 'each[2]');
    session.fail('each[1]');
    session.retry('each');
    expect(session.started).toEqual(['each[1]']);
    expect(session.run('each[1]').attempt).toBe(2);
    session.succeed('each[1]');
    expect(session.state.ended?.status).toBe('succeeded');
  });

  test('waits for a need that is retried with it, and keeps its list', () => {
    const session = new TestSession(
      outlineOf({ a: { onFailure: 'continue' }, each: { needs: ['a'], forEach: true } }),
      { each: 2 },
    );
    session.fail('a');
    session.succeed('each[0]');
    session.fail('each[1]');
    session.retry();
    expect([session.inFlight, session.status('each')]).toEqual([['a'], 'pending']);
    session.succeed('a');
    expect(session.started).toEqual(['each[1]']);
  });

  test('ends its items with it where the retry is cancelled before it comes to them', () => {
    const session = new TestSession(
      outlineOf({ a: { onFailure: 'continue' }, each: { needs: ['a'], forEach: true } }),
      { each: 2 },
    );
    session.fail('a');
    session.succeed('each[0]');
    session.fail('each[1]');
    session.retry();
    session.cancel();
    expect([session.status('each'), session.status('each[1]')]).toEqual(Array(2).fill('cancelled: session-cancelled'));
  });

  test('evaluates a list again that could not be evaluated', () => {
    const answers: Record<string, number | 'reject'> = { each: 'reject' };
    const session = new TestSession(outlineOf({ each: { forEach: true } }), answers);
    answers['each'] = 2;
    session.retry();
    expect(session.inFlight).toEqual(['each[0]', 'each[1]']);
  });
});

describe('a retry in a session that still runs', () => {
  test('runs the task again at once', () => {
    const session = new TestSession(outlineOf({ slow: {}, a: { onFailure: 'skip-dependents' }, b: { needs: ['a'] } }));
    session.fail('a');
    session.retry('a');
    expect([session.started, session.status('b')]).toEqual([['a'], 'pending']);
  });

  test('lifts the stop of a failure, even where another failure stays', () => {
    const session = new TestSession(
      outlineOf({ slow: {}, a: { onFailure: 'continue' }, bad: {}, later: { needs: ['slow'] } }, { concurrency: 3 }),
    );
    session.fail('a', 'bad');
    expect(session.status('later')).toBe('skipped: session-failed');
    session.retry('a');
    expect(session.started).toEqual(['a']);
    session.succeed('a', 'slow', 'later');
    expect(session.state.ended?.status).toBe('failed');
  });

  test('makes what waited in the line wait for its need again', () => {
    const session = new TestSession(
      outlineOf(
        {
          slow: { priority: 1 },
          a: { onFailure: 'continue' },
          b: { needs: ['a'] },
          c: { needs: ['a'], conditional: true },
        },
        { concurrency: 2 },
      ),
    );
    session.pause();
    session.fail('a');
    expect(['b', 'c'].map((run) => session.status(run))).toEqual(['queued', 'queued']);
    session.retry('a');
    expect(['b', 'c'].map((run) => session.status(run))).toEqual(['pending', 'pending']);
    session.resume();
    expect(session.inFlight).toEqual(['slow', 'a']);
    session.succeed('slow', 'a');
    expect(session.inFlight).toEqual(['b', 'c']);
  });

  test('leaves alone what has begun with the failure of its need', () => {
    const session = new TestSession(outlineOf({ a: { onFailure: 'continue' }, b: { needs: ['a'] } }));
    session.fail('a');
    session.retry('a');
    expect(session.inFlight).toEqual(['a', 'b']);
    session.succeed('b', 'a');
    expect(session.state.ended?.status).toBe('succeeded');
  });

  test('stays in a paused session until that is resumed', () => {
    const session = new TestSession(outlineOf({ slow: {}, a: { onFailure: 'continue' } }));
    session.fail('a');
    session.pause();
    session.retry('a');
    expect(session.status('a')).toBe('queued');
  });
});

describe('a retry in a cancelled session', () => {
  const cancelled = (): TestSession => {
    const session = new TestSession(
      outlineOf({ a: {}, x: {}, b: { needs: ['a'] }, c: { needs: ['b'] } }, { concurrency: 2 }),
    );
    session.cancel();
    session.end('a', 'cancelled');
    session.end('x', 'cancelled');
    return session;
  };

  test('of all runs the rest of the plan', () => {
    const session = cancelled();
    session.retry();
    session.succeed('a', 'x', 'b', 'c');
    expect(session.state.ended?.status).toBe('succeeded');
  });

  test('of one task runs what it needs, and what follows it', () => {
    const session = cancelled();
    session.retry('b');
    expect(session.inFlight).toEqual(['a']);
    session.succeed('a', 'b', 'c');
    expect(session.status('x')).toBe('cancelled: session-cancelled');
    expect(session.state.ended?.status).toBe('partially_succeeded');
  });

  test('is refused until the session has ended', () => {
    const session = new TestSession(outlineOf({ a: {}, b: { onFailure: 'continue' } }));
    session.fail('b');
    session.cancel();
    expect(session.retry('b')).toBe('the session is being stopped; retry once it has ended');
  });
});

test('a retry is refused while a session that has timed out stops', () => {
  const session = new TestSession(outlineOf({ a: {}, b: { onFailure: 'continue' } }, { timeoutMs: 100 }));
  session.fail('b');
  session.passTo(100);
  expect(session.retry()).toBe('the session is being stopped; retry once it has ended');
  session.end('a', 'cancelled');
  expect(session.retry()).toBeUndefined();
  expect(session.inFlight).toEqual(['a', 'b']);
});

describe('a retry is refused', () => {
  test.each([
    [undefined, 'no task has failed or was cancelled'],
    ['a', 'task "a" has not failed; it is succeeded'],
    ['b', 'task "b" has not failed; it is running'],
    ['nowhere', 'the plan has no task "nowhere"'],
  ])('of %s where there is nothing to retry', (task, refusal) => {
    const session = new TestSession(outlineOf({ a: {}, b: {} }));
    session.succeed('a');
    expect(session.retry(task)).toBe(refusal);
  });

  test('of an item: its fan-out is retried', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true } }), { each: 1 });
    session.fail('each[0]');
    expect(session.retry('each[0]')).toBe('"each[0]" is tried again with its whole task; name "each"');
  });
});
