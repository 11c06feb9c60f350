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
  ['a session with nothing open or in flight has ended', { open: 0, inFlight: 0 }],
])('says where it is broken that %s', (text, change) => {
  expect(brokenInvariants(session.index, { ...good, ...change }).join('\n')).toContain(text);
});

const race = new TestSession(outlineOf({ draft: { race: 2, agents: ['one', 'two'] } }));
const [draft] = race.state.tasks;
const [first, { ...second }] = draft?.items ?? [];

test.each<[string, object]>([
  ['draft has 2 racers', { ...draft, items: [first] }],
  ['draft has one winner once it has succeeded', { ...draft, items: [{ ...first, status: 'succeeded' }, { ...second }] }],
  [
    'draft was done by its winner',
    { ...draft, status: 'succeeded', items: [{ ...first, status: 'succeeded' }, { ...second }] },
  ],
  ['draft stops who lost', { ...draft, status: 'failed' }],
  ['nobody has lost draft before it is won', { ...draft, items: [{ ...first, stop: 'race-lost' }, { ...second }] }],
])('says where it is broken that %s', (text, task) => {
  expect(brokenInvariants(race.index, { ...race.state, ...withTasks(task) }).join('\n')).toContain(text);
});
