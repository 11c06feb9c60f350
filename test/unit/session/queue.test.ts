import { applyDecision, decide } from '../../../src/domain/session/decide';
import { indexOutline, maxStartsPerTurn } from '../../../src/domain/session/outline';
import { startable } from '../../../src/domain/session/queue';
import { initialState } from '../../../src/domain/session/state';
import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

describe('the line', () => {
  test('is in order of priority, then of the plan', () => {
    const session = new TestSession(
      outlineOf({ a: { priority: 3 }, b: { priority: 5 }, c: { priority: 1 }, d: { priority: 3 } }),
    );
    expect(session.started).toEqual(['c', 'a', 'd', 'b']);
  });

  test('keeps the items of a fan-out in the order of their list', () => {
    const session = new TestSession(
      outlineOf({ each: { forEach: true }, urgent: { priority: 1 } }, { concurrency: 1 }),
      { each: 12 },
    );
    const order: string[] = [];
    while (!session.state.ended) {
      order.push(...session.inFlight);
      session.succeed(...session.inFlight);
    }
    expect(order).toEqual(['urgent', ...Array.from({ length: 12 }, (_, item) => `each[${item}]`)]);
  });

  test('puts a retry at its place by priority, not at the end', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2 }, b: {}, c: {} }, { concurrency: 1 }));
    session.fail('a');
    expect(session.inFlight).toEqual(['b']);
    session.passTo(10);
    session.succeed('b');
    expect(session.inFlight).toEqual(['a']);
  });
});

describe('what may start', () => {
  test('keeps to the concurrency of the session', () => {
    const session = new TestSession(outlineOf({ a: {}, b: {}, c: {} }, { concurrency: 2 }));
    expect(session.inFlight).toEqual(['a', 'b']);
    session.succeed('a');
    expect(session.started).toEqual(['c']);
  });

  test('counts items and child sessions against the concurrency', () => {
    const session = new TestSession(
      outlineOf({ child: { subPlan: true }, each: { forEach: true } }, { concurrency: 3 }),
    );
    expect(session.inFlight).toEqual(['child', 'each[0]', 'each[1]']);
  });

  test('keeps to what an agent may do at once, and lets others pass', () => {
    const session = new TestSession(
      outlineOf(
        { a: { agents: ['slow'] }, b: { agents: ['slow'] }, c: { agents: ['quick'] } },
        { limits: { slow: 1 } },
      ),
    );
    expect(session.inFlight).toEqual(['a', 'c']);
    session.succeed('a');
    expect(session.started).toEqual(['b']);
  });

  test('goes to the next candidate where the first has no room', () => {
    const both = { agents: ['first', 'second'] };
    const session = new TestSession(outlineOf({ a: both, b: both, c: both }, { limits: { first: 1, second: 1 } }));
    expect([session.agentOf('a'), session.agentOf('b'), session.status('c')]).toEqual(['first', 'second', 'queued']);
  });

  test('keeps to the limit of an agent in retries as well', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2 }, b: {} }, { limits: { worker: 1 } }));
    session.fail('a');
    session.passTo(10);
    expect(session.inFlight).toEqual(['b']);
  });

  test(`is at most ${maxStartsPerTurn} at once`, () => {
    const index = indexOutline(outlineOf({ each: { forEach: true } }, { concurrency: 10_000 }));
    const begun = decide(index, initialState(index, 'session', 0), { id: '1', type: 'session-started' }, 0).state;
    const expanded = applyDecision(index, begun, ['expand', 0, 2_000], 0).state;
    expect(startable(index, expanded)).toHaveLength(maxStartsPerTurn);
  });
});

describe('a decision that no longer applies changes nothing', () => {
  const start = (task: number, attempt = 1) => ['start', task, -1, attempt, 0, 1] as const;

  test.each([
    ['a start of what runs', [...start(0)] as const],
    ['a start of what is pending', [...start(1)] as const],
    ['a start of what the plan does not have', [...start(9)] as const],
    ['a condition of what was not asked', ['ready', 1] as const],
    ['a skip of what runs', ['skip', 0] as const],
    ['a list of what was not asked', ['expand', 0, 3] as const],
    ['a rejection of what runs', ['reject', 0, -1] as const],
    ['a rejection of what the plan does not have', ['reject', 9, -1] as const],
    ['a rejection of an item that is not there', ['reject', 0, 4] as const],
  ])('%s', (_, decision) => {
    const session = new TestSession(outlineOf({ a: {}, b: { needs: ['a'] } }));
    const before = session.state;
    const { state, commands, facts } = session.decide([...decision]);
    expect({ state, commands, facts }).toEqual({ state: before, commands: [], facts: [] });
  });

  test('a start with a number that was used', () => {
    const urgent = { needs: ['y'], priority: 1 };
    const retried = { priority: 5, attempts: 2, retry: { initialIntervalMs: 0 } };
    const session = new TestSession(outlineOf({ x: {}, y: {}, z: urgent, w: urgent, a: retried }, { concurrency: 2 }));
    session.succeed('x', 'y');
    session.fail('a');
    expect([session.status('a'), session.inFlight]).toEqual(['queued', ['z', 'w']]);
    const before = session.state;
    expect(session.decide([...start(4, 1)]).state).toEqual(before);
  });

  test('a start in a session that is paused', () => {
    const session = new TestSession(outlineOf({ a: {}, b: { needs: ['a'] } }));
    session.pause();
    session.succeed('a');
    const before = session.state;
    expect(session.status('b')).toBe('queued');
    expect(session.decide([...start(1)]).state).toEqual(before);
  });

  test('a rejection of a fan-out whose items are in the line', () => {
    const session = new TestSession(outlineOf({ a: {}, each: { forEach: true } }, { concurrency: 1 }));
    const before = session.state;
    expect(session.decide(['reject', 1, -1]).state).toEqual(before);
  });
});

test('an adopted attempt is counted as in flight, and not started again', () => {
  const index = indexOutline(outlineOf({ a: {} }));
  const begun = decide(index, initialState(index, 'session', 0), { id: '1', type: 'session-started' }, 0).state;
  const { state, commands } = applyDecision(index, begun, ['start', 0, -1, 4, 0, 7, 1], 0);
  expect(commands).toEqual([]);
  expect(state.inFlight).toBe(1);
  expect(state.tasks[0]).toMatchObject({ status: 'running', attempt: 4, tries: 1 });
});
