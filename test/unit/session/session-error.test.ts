import { sessionError } from '../../../src/domain/session/completion';
import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

const tasks = Object.fromEntries(
  ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => [name, { onFailure: 'continue' as const }]),
);
const errorOf = ({ index, state }: TestSession): string | undefined => sessionError(index, state);

test('names the tasks that failed, the first five of them', () => {
  const session = new TestSession(outlineOf(tasks, { concurrency: 10 }));
  expect(errorOf(session)).toBeUndefined();
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) session.end(name, 'failed');
  session.succeed('g');
  expect(session.state.ended?.status).toBe('partially_succeeded');
  expect(errorOf(session)).toBe('Tasks a, b, c, d, e and 1 more failed.');
});

test('names the tasks that somebody cancelled, where none failed', () => {
  const session = new TestSession(outlineOf({ a: {}, b: { needs: ['a'] } }));
  session.send({ type: 'task-cancel-requested', run: 'b' });
  session.succeed('a');
  expect(session.state.ended?.status).toBe('partially_succeeded');
  expect(errorOf(session)).toBe('Task b was cancelled.');
});

test('says nothing of a session that succeeded, and nothing of one that somebody cancelled', () => {
  const session = new TestSession(outlineOf({ a: {} }));
  session.succeed('a');
  expect(errorOf(session)).toBeUndefined();
  const cancelled = new TestSession(outlineOf({ a: {} }));
  cancelled.send({ type: 'cancel-requested' });
  cancelled.end('a', 'cancelled');
  expect([cancelled.state.ended?.status, errorOf(cancelled)]).toEqual(['cancelled', undefined]);
});
