import { statusOf } from '../../../src/domain/session/completion';
import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

describe('a paused session', () => {
  test('lets what runs finish, and starts nothing', () => {
    const session = new TestSession(outlineOf({ a: {}, b: { needs: ['a'] } }));
    session.pause();
    expect(session.commands).toEqual([]);
    session.succeed('a');
    expect([session.inFlight, session.status('b'), statusOf(session.state)]).toEqual([[], 'queued', 'paused']);
  });

  test('goes on where it was when it is resumed', () => {
    const session = new TestSession(outlineOf({ a: {}, b: { needs: ['a'] } }));
    session.pause();
    session.succeed('a');
    session.resume();
    expect(session.started).toEqual(['b']);
    expect(statusOf(session.state)).toBe('running');
  });

  test('queues a retry that is due, and starts it only when it is resumed', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2 } }));
    session.pause();
    session.fail('a');
    session.passTo(10);
    expect(session.status('a')).toBe('queued');
    session.resume();
    expect(session.started).toEqual(['a']);
  });

  test('ends when its last task does', () => {
    const session = new TestSession(outlineOf({ a: {} }));
    session.pause();
    session.succeed('a');
    expect(session.state.ended?.status).toBe('succeeded');
    expect(session.state.paused).toBeUndefined();
  });

  test('tells its children to pause and to resume', () => {
    const session = new TestSession(outlineOf({ child: { subPlan: true } }));
    session.pause();
    expect(session.commands).toEqual([{ type: 'tell-child', run: 'child', attempt: 1, tell: 'pause' }]);
    session.resume();
    expect(session.commands).toEqual([{ type: 'tell-child', run: 'child', attempt: 1, tell: 'resume' }]);
  });

  test('may fail meanwhile, and still be resumed to finish what has begun', () => {
    const session = new TestSession(outlineOf({ bad: {}, a: { attempts: 2, retry: { initialIntervalMs: 0 } } }));
    session.pause();
    session.fail('a', 'bad');
    expect(session.status('a')).toBe('queued');
    session.resume();
    session.succeed('a');
    expect(session.state.ended?.status).toBe('failed');
  });
});

describe('a session that is paused now', () => {
  test('tells what runs to stop, once, and runs it again when it is resumed, at no cost of a try', () => {
    const session = new TestSession(outlineOf({ a: {}, b: {} }));
    session.pause('now');
    expect(session.commands).toEqual([
      { type: 'stop-attempt', run: 'a', attempt: 1 },
      { type: 'stop-attempt', run: 'b', attempt: 1 },
    ]);
    session.pause('now');
    expect(session.commands).toEqual([]);
    session.end('a', 'cancelled');
    session.end('b', 'failed');
    session.resume();
    expect(session.inFlight).toEqual(['a', 'b']);
    expect(session.run('b')).toMatchObject({ attempt: 2, tries: 1 });
  });

  test('keeps the success of what finished all the same', () => {
    const session = new TestSession(outlineOf({ a: {} }));
    session.pause('now');
    session.succeed('a');
    expect(session.state.ended?.status).toBe('succeeded');
  });

  test('may be paused at leisure first', () => {
    const session = new TestSession(outlineOf({ a: {} }));
    session.pause();
    session.pause('now');
    expect(session.commands).toEqual([{ type: 'stop-attempt', run: 'a', attempt: 1 }]);
  });

  test('runs what was stopped again even where it was resumed before the attempt had ended', () => {
    const session = new TestSession(outlineOf({ a: {} }));
    session.pause('now');
    session.resume();
    session.end('a', 'cancelled');
    expect(session.run('a')).toMatchObject({ status: 'running', attempt: 2, tries: 1 });
  });

  test('leaves it to its children to stop what they run', () => {
    const session = new TestSession(outlineOf({ child: { subPlan: true } }));
    session.pause('now');
    expect(session.commands).toEqual([{ type: 'tell-child', run: 'child', attempt: 1, tell: 'pause-now' }]);
    expect(session.run('child').stop).toBeUndefined();
  });
});

describe('it is refused', () => {
  test('to pause what has ended, or is being stopped', () => {
    const session = new TestSession(outlineOf({ a: {} }));
    session.cancel();
    expect(session.pause()).toBe('the session is being stopped');
    session.end('a', 'cancelled');
    expect(session.pause()).toBe('the session has ended');
  });

  test('to resume what is not paused', () => {
    expect(new TestSession(outlineOf({ a: {} })).resume()).toBe('the session is not paused');
  });
});
