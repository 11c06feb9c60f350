import { statusOf } from '../../../src/domain/session/completion';
import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

describe('a session ends', () => {
  test.each([
    ['succeeded', 'when all tasks have succeeded', { a: {}, b: {} }, ['succeeded', 'succeeded']],
    ['failed', 'when one fails under fail', { a: {}, b: {} }, ['succeeded', 'failed']],
    [
      'partially_succeeded',
      'when some fail under continue',
      { a: { onFailure: 'continue' }, b: {} },
      ['failed', 'succeeded'],
    ],
    [
      'partially_succeeded',
      'when some fail under skip-dependents',
      { a: { onFailure: 'skip-dependents' }, b: {} },
      ['failed', 'succeeded'],
    ],
    [
      'failed',
      'when all fail, whatever their policy',
      { a: { onFailure: 'continue' }, b: { onFailure: 'skip-dependents' } },
      ['failed', 'failed'],
    ],
    [
      'failed',
      'when some fail under fail and some under continue',
      { a: { onFailure: 'continue' }, b: {}, c: {} },
      ['failed', 'succeeded', 'failed'],
    ],
  ] as const)('%s %s', (status, _, tasks, verdicts) => {
    const session = new TestSession(outlineOf(tasks));
    Object.keys(tasks).forEach((run, at) => session.end(run, verdicts[at] ?? 'succeeded'));
    expect(session.state.ended?.status).toBe(status);
    expect(session.commands).toEqual([{ type: 'end-session', status }]);
    expect(session.facts.at(-1)).toMatchObject({ type: 'session-ended', status });
  });

  test('succeeded when all its tasks were skipped by their conditions', () => {
    const session = new TestSession(outlineOf({ a: { conditional: true }, b: { conditional: true } }), {
      a: false,
      b: false,
    });
    expect(session.state.ended?.status).toBe('succeeded');
  });

  test('only once: what comes later changes nothing', () => {
    const session = new TestSession(outlineOf({ a: {} }));
    session.succeed('a');
    const ended = session.state;
    session.send({ type: 'attempt-ended', run: 'a', attempt: 1, verdict: 'failed' });
    session.passTo(99_999);
    expect(session.state).toEqual(ended);
  });
});

describe('the status of a session that has not ended', () => {
  test('is running while an attempt is in flight, or about to be', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2 } }));
    expect(statusOf(session.state)).toBe('running');
    session.fail('a');
    expect(statusOf(session.state)).toBe('running');
  });

  test('is waiting when nothing runs and an agent asked to be left alone', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2 }, each: { forEach: true, attempts: 2 } }), {
      each: 1,
    });
    session.succeed('a');
    session.end('each[0]', 'rate_limited');
    expect(statusOf(session.state)).toBe('waiting');
    session.passTo(10);
    expect(statusOf(session.state)).toBe('running');
  });

  test('is not waiting while something else runs', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2 }, b: {} }));
    session.end('a', 'rate_limited');
    expect(statusOf(session.state)).toBe('running');
  });
});
