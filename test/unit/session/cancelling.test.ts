import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

const outline = outlineOf(
  {
    a: {},
    child: { subPlan: true },
    queued: {},
    pending: { needs: ['a'] },
    each: { forEach: true, priority: 1, maxParallel: 1 },
  },
  { concurrency: 3 },
);

describe('a cancelled session', () => {
  test('tells everything in flight to stop, once', () => {
    const session = new TestSession(outline);
    session.cancel();
    expect(session.commands).toEqual([
      { type: 'stop-attempt', run: 'a', attempt: 1 },
      { type: 'tell-child', run: 'child', attempt: 1, tell: 'cancel' },
      { type: 'stop-attempt', run: 'each[0]', attempt: 1 },
    ]);
    session.cancel();
    expect(session.commands).toEqual([]);
  });

  test('cancels at once what has not begun', () => {
    const session = new TestSession(outline);
    session.cancel();
    for (const run of ['queued', 'pending', 'each[1]', 'each[2]'])
      expect(session.status(run)).toBe('cancelled: session-cancelled');
  });

  test('ends when what was in flight has, and keeps results that came all the same', () => {
    const session = new TestSession(outline);
    session.cancel();
    session.succeed('a');
    session.end('child', 'cancelled');
    expect(session.state.ended).toBeUndefined();
    session.end('each[0]', 'failed');
    expect(session.state.ended?.status).toBe('cancelled');
    expect(['a', 'child', 'each'].map((run) => session.run(run).status)).toEqual([
      'succeeded',
      'cancelled',
      'cancelled',
    ]);
  });

  test('ends although an attempt is lost', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 5 } }));
    session.cancel();
    session.lose('a');
    expect(session.state.ended?.status).toBe('cancelled');
  });

  test('ends at once where nothing is in flight', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2 } }));
    session.fail('a');
    session.cancel();
    expect(session.state.ended?.status).toBe('cancelled');
  });

  test('is no longer paused, and does not tell again what a pause has told to stop', () => {
    const session = new TestSession(outlineOf({ a: {} }));
    session.pause('now');
    session.cancel();
    expect(session.commands).toEqual([]);
    expect(session.state.paused).toBeUndefined();
    session.end('a', 'cancelled');
    expect(session.status('a')).toBe('cancelled: session-cancelled');
  });

  test('is cancelled even where it was failing', () => {
    const session = new TestSession(outlineOf({ bad: {}, a: {} }));
    session.fail('bad');
    session.cancel();
    session.end('a', 'cancelled');
    expect(session.state.ended?.status).toBe('cancelled');
  });

  test('says why, in its log', () => {
    const session = new TestSession(outlineOf({ a: {} }));
    session.send({ type: 'cancel-requested', reason: 'too expensive' });
    expect(session.facts).toContainEqual(
      expect.objectContaining({ type: 'session-stopping', reason: 'too expensive' }),
    );
  });

  test('cannot be cancelled once it has ended', () => {
    const session = new TestSession(outlineOf({ a: {} }));
    session.succeed('a');
    expect(session.cancel()).toBe('the session has ended');
  });
});

test('a child session that somebody cancelled has failed for its parent, without another try', () => {
  const session = new TestSession(outlineOf({ child: { subPlan: true, attempts: 3 } }));
  session.end('child', 'cancelled');
  expect(session.status('child')).toBe('failed: attempts');
});
