import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

const outline = outlineOf(
  {
    a: { attempts: 1, onFailure: 'continue' },
    child: { subPlan: true },
    queued: {},
    pending: { needs: ['a'] },
    last: { needs: ['pending'] },
    each: { forEach: true, priority: 1, maxParallel: 1 },
  },
  { concurrency: 3 },
);
const cancel = (session: TestSession, run: string, reason?: string): string | undefined =>
  session.send({ type: 'task-cancel-requested', run, ...(reason !== undefined && { reason }) });

describe('a cancelled task', () => {
  test('is told to stop, once, and is cancelled when it has; the session goes on, and who needs it is skipped', () => {
    const session = new TestSession(outline);
    expect(cancel(session, 'a', 'wrong file')).toBeUndefined();
    expect(session.commands).toEqual([{ type: 'stop-attempt', run: 'a', attempt: 1 }]);
    expect(session.facts).toContainEqual(
      expect.objectContaining({ type: 'task-stopping', run: 'a', reason: 'wrong file' }),
    );
    expect(cancel(session, 'a')).toBeUndefined();
    expect([session.commands, session.facts]).toEqual([[], []]);
    session.end('a', 'cancelled');
    expect(session.status('a')).toBe('cancelled: cancelled');
    expect(['pending', 'last'].map((run) => session.status(run))).toEqual(['skipped: need', 'skipped: need']);
    expect(session.status('child')).toBe('running');
    expect(session.status('queued')).toBe('running');
    expect(session.state.ended).toBeUndefined();
  });

  test('ends at once where it waits, and lets the session end', () => {
    const session = new TestSession(outlineOf({ a: {}, b: { needs: ['a'] } }));
    cancel(session, 'b');
    expect(session.status('b')).toBe('cancelled: cancelled');
    session.succeed('a');
    expect(session.state.ended?.status).toBe('partially_succeeded');
  });

  test('of a sub-plan has its session cancelled', () => {
    const session = new TestSession(outline);
    cancel(session, 'child');
    expect(session.commands).toEqual([{ type: 'tell-child', run: 'child', attempt: 1, tell: 'cancel' }]);
    session.end('child', 'cancelled');
    expect(session.status('child')).toBe('cancelled: cancelled');
  });

  test('has succeeded, where its agent was faster', () => {
    const session = new TestSession(outline);
    cancel(session, 'a');
    session.succeed('a');
    expect(session.status('a')).toBe('succeeded');
    expect(session.status('pending')).toBe('queued');
  });

  test.each(['failed', 'timed_out', 'rate_limited'] as const)('is not tried again after it %s', (verdict) => {
    const session = new TestSession(outlineOf({ a: { attempts: 5 } }));
    cancel(session, 'a');
    session.end('a', verdict);
    expect(session.status('a')).toBe('cancelled: cancelled');
    expect(session.state.ended?.status).toBe('cancelled');
  });

  test('of a fan-out is all of it that has not ended', () => {
    const session = new TestSession(outline);
    session.succeed('each[0]');
    cancel(session, 'each');
    expect(session.status('each[2]')).toBe('cancelled: cancelled');
    expect(session.status('each')).toBe('running');
    session.end('each[1]', 'cancelled');
    expect(session.status('each')).toBe('cancelled: cancelled');
  });

  test('may be one item: its siblings go on', () => {
    const session = new TestSession(outline);
    cancel(session, 'each[1]');
    session.succeed('each[0]');
    session.succeed('each[2]');
    expect(session.status('each')).toBe('cancelled: cancelled');
  });

  test('may be one racer: another one wins all the same', () => {
    const session = new TestSession(outlineOf({ draft: { race: 2, agents: ['ann', 'ben'] } }));
    cancel(session, 'draft[0]');
    session.end('draft[0]', 'cancelled');
    session.succeed('draft[1]');
    expect(session.status('draft')).toBe('succeeded');
  });

  test('leaves the line that it waits in', () => {
    const session = new TestSession(outlineOf({ fix: { agents: 'of the registry' }, other: {} }));
    expect(session.status('fix')).toBe('waiting: capacity');
    cancel(session, 'fix');
    expect(session.commands).toEqual([{ type: 'leave-line', run: 'fix' }]);
    expect(session.status('fix')).toBe('cancelled: cancelled');
  });

  test('ends for good what a pause has told to stop', () => {
    const session = new TestSession(outlineOf({ a: {}, b: {} }));
    session.pause('now');
    cancel(session, 'a');
    expect(session.commands).toEqual([]);
    session.end('a', 'cancelled');
    session.end('b', 'cancelled');
    expect([session.status('a'), session.status('b')]).toEqual(['cancelled: cancelled', 'queued']);
  });

  test('can be retried, with what was skipped for it, and all its tries', () => {
    const session = new TestSession(outline);
    cancel(session, 'a');
    session.end('a', 'cancelled');
    expect(session.retry('a')).toBeUndefined();
    expect(session.run('a')).toMatchObject({ status: 'queued' });
    expect(session.status('pending')).toBe('pending');
    session.succeed('child', 'each[0]');
    expect(session.run('a')).toMatchObject({ status: 'running', attempt: 2, tries: 1 });
  });

  test('stays cancelled when another one is retried', () => {
    const session = new TestSession(
      outlineOf({ a: { attempts: 1, onFailure: 'continue' }, b: { needs: ['a'] }, c: { needs: ['b'] } }),
    );
    cancel(session, 'b');
    session.fail('a');
    session.retry('a');
    session.succeed('a');
    expect([session.status('b'), session.status('c')]).toEqual(['cancelled: cancelled', 'skipped: need']);
    expect(session.retry()).toBeUndefined();
    expect(session.status('b')).toBe('running');
  });

  test.each([
    ['nobody', 'the session has no task "nobody"'],
    ['each[9]', 'the session has no task "each[9]"'],
    ['each[0]', 'task "each[0]" has ended; it is succeeded'],
  ])('has to be there and open: %s', (run, refusal) => {
    const session = new TestSession(outline);
    session.succeed('each[0]');
    expect(cancel(session, run)).toBe(refusal);
  });

  test('is refused where the whole session ends', () => {
    const session = new TestSession(outlineOf({ a: {} }));
    session.cancel();
    expect(cancel(session, 'a')).toBe('the session is being stopped');
    session.end('a', 'cancelled');
    expect(cancel(session, 'a')).toBe('the session has ended');
  });
});
