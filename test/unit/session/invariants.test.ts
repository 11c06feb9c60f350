import { brokenInvariants } from '../../../src/domain/session/invariants';
import type { SessionState } from '../../../src/domain/session/state';
import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

const session = new TestSession(
  outlineOf(
    { a: {}, b: { needs: ['a'] }, each: { forEach: true, maxParallel: 1 }, c: {}, d: {} },
    { concurrency: 3, limits: { worker: 3 } },
  ),
);
const good = session.state;
const [a, b, each, c, d] = good.tasks as [object, object, { items: object[] }, object, object];
const withTasks = (...tasks: object[]): Partial<SessionState> => ({ tasks: tasks as SessionState['tasks'] });

test('a state of the engine breaks none', () => {
  expect(brokenInvariants(session.index, good)).toEqual([]);
});

test.each<[string, Partial<SessionState>]>([
  ['one record a task', withTasks(a, b, each, c)],
  ['inFlight', { inFlight: 1 }],
  ['open counts', { open: 2 }],
  ['load of agent 0', { load: [0] }],
  ['no run is queued twice', { queue: [...good.queue, ...good.queue] }],
  ['what is in the queue is queued', { queue: [...good.queue, { task: 0, item: -1 }] }],
  ['what is queued is in the queue', { queue: [] }],
  ['what is to be evaluated is queued', { toEvaluate: [1] }],
  ['no task is to be evaluated twice', { toEvaluate: [4, 4] }],
  ['concurrency is not exceeded', { inFlight: 4 }],
  ['agent 0 is within its limit', { load: [4] }],
  ['task b did not start before its needs', withTasks(a, { status: 'running' }, each, c, d)],
  ['due time while it waits', withTasks(a, b, each, { ...c, status: 'waiting' }, d)],
  ['told to stop only while it runs', withTasks(a, { ...b, stop: 'cancel' }, each, c, d)],
  ['what runs in a session that is stopped', { stopping: 'cancelled' }],
  ['nothing is pending in a session that stops', { stopping: 'failed' }],
  [
    'keeps to maxParallel',
    withTasks(a, b, { ...each, items: each.items.map((item) => ({ ...item, status: 'running' })) }, c, d),
  ],
  ['the items of each have ended with it', withTasks(a, b, { ...each, status: 'failed' }, c, d)],
  ['an ended session has nothing open', { ended: { status: 'succeeded', at: 1 } }],
  ['within its limit of runs', withTasks(a, b, { ...each, items: Array(10_000).fill({ status: 'skipped' }) }, c, d)],
  ['a session with nothing open has ended', { open: 0 }],
])('says where it is broken that %s', (text, change) => {
  expect(brokenInvariants(session.index, { ...good, ...change }).join('\n')).toContain(text);
});
