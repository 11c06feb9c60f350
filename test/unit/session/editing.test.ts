import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

const chain = { first: {}, second: { needs: ['first'] }, third: { needs: ['second'] } };

describe('an edit', () => {
  test('adds tasks: those whose needs have ended start at once', () => {
    const session = new TestSession(outlineOf(chain));
    session.succeed('first');
    expect(session.edit(outlineOf({ zeroth: {}, ...chain, report: { needs: ['first'] } }))).toBeUndefined();
    expect(session.started).toEqual(['zeroth', 'report']);
    session.succeed('zeroth', 'report', 'second', 'third');
    expect(session.state.ended).toMatchObject({ status: 'succeeded' });
  });

  test('takes tasks out of the queue that it removes or changes, and the changed ones wait for their new needs', () => {
    const session = new TestSession(outlineOf({ first: {}, gone: {}, other: {} }, { concurrency: 1 }));
    expect(session.status('gone')).toBe('queued');
    session.edit(outlineOf({ first: {}, before: {}, other: { needs: ['before'] } }, { concurrency: 1 }), ['other']);
    expect(session.status('other')).toBe('pending');
    session.succeed('first', 'before', 'other');
    expect(session.state.ended).toMatchObject({ status: 'succeeded' });
  });

  test('orders the queue by the priorities that it brings', () => {
    const session = new TestSession(outlineOf({ first: {}, second: {}, third: {} }, { concurrency: 1 }));
    session.edit(outlineOf({ first: {}, second: {}, third: { priority: 1 } }, { concurrency: 1 }), ['third']);
    session.succeed('first');
    expect(session.started).toEqual(['third']);
  });

  test('takes what it changes out of the line, and leaves the others at their place', () => {
    const lent = { agents: 'of the registry' as const };
    const session = new TestSession(outlineOf({ first: lent, second: lent }));
    expect(session.status('first')).toBe('waiting: capacity');
    session.edit(outlineOf({ first: lent, second: {} }), ['second']);
    expect(session.commands).toContainEqual({ type: 'leave-line', run: 'second' });
    expect(session.commands).not.toContainEqual({ type: 'leave-line', run: 'first' });
    expect([session.status('first'), session.status('second')]).toEqual(['waiting: capacity', 'running']);
  });

  test('lets no more wait for agents than the session may have in flight from now on', () => {
    const lent = { agents: 'of the registry' as const };
    const tasks = { first: lent, second: lent, third: lent };
    const session = new TestSession(outlineOf(tasks));
    session.edit(outlineOf(tasks, { concurrency: 1 }), [], ['concurrency']);
    expect(['first', 'second', 'third'].map((task) => session.status(task))).toEqual([
      'waiting: capacity',
      'queued',
      'queued',
    ]);
  });

  test('keeps the name of an agent that has worked and is gone', () => {
    const session = new TestSession(outlineOf({ first: { agents: ['old'] }, second: { agents: ['both'] } }));
    session.succeed('first');
    expect(session.edit(outlineOf({ second: { agents: ['both'] }, first: { agents: ['new'] } }))).toBeUndefined();
    expect([session.agentOf('first'), session.agentOf('second')]).toEqual(['old', 'both']);
  });

  test('ends a session that has nothing left to do', () => {
    const session = new TestSession(outlineOf(chain));
    session.pause();
    session.succeed('first');
    session.edit(outlineOf({ first: {} }));
    expect(session.state.ended).toMatchObject({ status: 'succeeded' });
  });

  test('skips what was to be tried again behind a task that needs from now on what was cancelled', () => {
    const kept = { onFailure: 'continue' } as const;
    const middle = { conditional: true, ...kept } as const;
    const last = { needs: ['middle'], ...kept };
    const session = new TestSession(outlineOf({ gate: {}, middle, last }), { middle: 'reject' });
    session.fail('last');
    session.pause();
    session.retry();
    session.send({ type: 'task-cancel-requested', run: 'gate' });
    session.end('gate', 'cancelled');
    expect([session.status('middle'), session.status('last')]).toEqual(['queued', 'pending']);
    const before = { ...middle, needs: ['gate'] };
    expect(session.edit(outlineOf({ gate: {}, middle: before, last }), ['middle'])).toBeUndefined();
    expect([session.status('middle'), session.status('last')]).toEqual(['skipped: need', 'skipped: need']);
  });

  test('moves the timeout of the session', () => {
    const session = new TestSession(outlineOf(chain, { timeoutMs: 1_000 }));
    session.edit(outlineOf(chain, { timeoutMs: 5_000 }), [], ['timeout']);
    session.passTo(1_000);
    expect(session.state.stopping).toBeUndefined();
    session.passTo(5_000);
    expect(session.state.stopping).toBe('timed-out');
  });
});

describe('an edit is refused', () => {
  test.each([
    ['removes what has ended', { second: {}, third: { needs: ['second'] } }, [], 'task "first" has ended (succeeded)'],
    ['changes what has begun', chain, ['second'], 'task "second" has begun and cannot be changed any more (prompt)'],
  ])('where it %s', (_, tasks, changed, refusal) => {
    const session = new TestSession(outlineOf(chain));
    session.succeed('first');
    expect(session.edit(outlineOf(tasks), changed)).toContain(refusal);
    expect(session.facts).toEqual([]);
  });

  test('where it changes a fan-out whose list is known, or what waits for another attempt', () => {
    const tasks = { each: { forEach: true as const }, again: { attempts: 2 }, last: { needs: ['each', 'again'] } };
    const session = new TestSession(outlineOf(tasks));
    session.fail('again');
    expect(session.edit(outlineOf(tasks), ['each', 'again'])).toMatch(
      /task "each" has begun .*; task "again" has begun/,
    );
  });

  test('where more is in flight than it allows', () => {
    const session = new TestSession(outlineOf({ first: {}, second: {} }));
    expect(session.edit(outlineOf({ first: {}, second: {} }, { concurrency: 1 }), [], ['concurrency'])).toMatch(
      /concurrency 1 is less than the 2 attempts in flight/,
    );
    expect(session.edit(outlineOf({ first: {}, second: {} }, { limits: { worker: 1 } }))).toMatch(
      /agent "worker" has 2 attempts in flight, and may have 1/,
    );
  });

  test('where the new timeout is over already', () => {
    const session = new TestSession(outlineOf(chain));
    session.passTo(2_000);
    expect(session.edit(outlineOf(chain, { timeoutMs: 2_000 }), [], ['timeout'])).toMatch(/over already/);
  });

  test('where the session ends, or has ended', () => {
    const session = new TestSession(outlineOf({ first: {}, second: {} }));
    session.fail('first');
    expect(session.edit(outlineOf({ first: {}, second: {}, third: {} }))).toMatch(/a task has failed/);
    session.succeed('second');
    expect(session.edit(outlineOf({ first: {}, second: {}, third: {} }))).toBe('the session has ended');
  });

  test('where the budget changes that child sessions have taken with them', () => {
    const session = new TestSession(outlineOf({ child: { subPlan: true }, other: {} }));
    const edited = outlineOf({ child: { subPlan: true }, other: {} });
    expect(session.edit(edited, [], ['budget'])).toMatch(/the budget of the plan cannot change while sub-plans/);
    session.succeed('child');
    expect(session.edit(edited, [], ['budget'])).toBeUndefined();
  });

  test('where inputs or the name of the plan change', () => {
    const session = new TestSession(outlineOf(chain));
    expect(session.edit(outlineOf(chain), [], ['inputs'])).toMatch(/the inputs of the plan cannot change/);
  });
});
