import { decide, applyDecision } from '../../../src/domain/session/decide';
import { countRuns, hasRoomForItems } from '../../../src/domain/session/fan-out';
import { indexOutline, maxRunsPerSession } from '../../../src/domain/session/outline';
import { initialState } from '../../../src/domain/session/state';
import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession } from '../../helpers/engine/test-session';

describe('a fan-out', () => {
  test('makes one run an item', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true } }), { each: 4 });
    expect(session.started).toEqual(['each[0]', 'each[1]', 'each[2]', 'each[3]']);
    expect(session.status('each')).toBe('running');
  });

  test('succeeds when all its items have', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true }, after: { needs: ['each'] } }), { each: 2 });
    session.succeed('each[1]');
    expect(session.status('after')).toBe('pending');
    session.succeed('each[0]');
    expect([session.status('each'), session.status('after')]).toEqual(['succeeded', 'running']);
  });

  test('of an empty list has succeeded at once', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true }, after: { needs: ['each'] } }), { each: 0 });
    expect([session.status('each'), session.status('after')]).toEqual(['succeeded', 'running']);
  });

  test('whose list cannot be evaluated has failed', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true } }), { each: 'reject' });
    expect(session.status('each')).toBe('failed: evaluation');
  });

  test('is skipped by its condition, and then has no items', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true, conditional: true } }), { each: false });
    expect(session.status('each')).toBe('skipped: condition');
    expect(session.run('each')).not.toHaveProperty('items');
  });

  test('keeps to its maxParallel, and gives the rest of the slots to others', () => {
    const session = new TestSession(
      outlineOf({ each: { forEach: true, maxParallel: 2 }, other: {} }, { concurrency: 3 }),
    );
    expect(session.inFlight).toEqual(['each[0]', 'each[1]', 'other']);
    session.succeed('other');
    expect(session.started).toEqual([]);
    session.succeed('each[0]');
    expect(session.started).toEqual(['each[2]']);
  });

  test('may be of child sessions', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true, subPlan: true } }), { each: 2 });
    expect(session.commands.map(({ type }) => type)).toEqual(['start-child', 'start-child']);
    session.succeed('each[0]', 'each[1]');
    expect(session.status('each')).toBe('succeeded');
  });

  test('retries an item by itself', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true, attempts: 2 } }), { each: 2 });
    session.fail('each[0]');
    session.succeed('each[1]');
    expect(session.status('each')).toBe('running');
    session.passTo(10);
    session.succeed('each[0]');
    expect(session.status('each')).toBe('succeeded');
  });
});

describe('an item that fails', () => {
  test.each([
    ['fail', 'skipped: need', 'skipped: session-failed', 'failed'],
    ['skip-dependents', 'skipped: need', 'succeeded', 'partially_succeeded'],
    ['continue', 'succeeded', 'succeeded', 'partially_succeeded'],
  ] as const)(
    'lets its siblings run, fails the fan-out after them, and then counts as %s says',
    (onFailure, after, later, ended) => {
      const session = new TestSession(
        outlineOf(
          {
            each: { forEach: true, onFailure, maxParallel: 1, priority: 1 },
            after: { needs: ['each'] },
            later: { priority: 5 },
          },
          { concurrency: 1 },
        ),
      );
      session.fail('each[0]');
      expect(session.status('each')).toBe('running');
      session.succeed('each[1]', 'each[2]');
      expect(session.status('each')).toBe('failed: items');
      while (session.inFlight.length > 0) session.succeed(...session.inFlight);
      expect(session.run('after').status).toBe(after.split(':')[0]);
      expect(session.status('later')).toBe(later);
      expect(session.state.ended?.status).toBe(ended);
    },
  );

  test('before any has begun, fails the fan-out even where the session fails before it begins', () => {
    const session = new TestSession(outlineOf({ bad: {}, each: { forEach: true, subPlan: true } }, { concurrency: 1 }));
    session.decide(['reject', 1, 0]);
    session.fail('bad');
    expect(['each[0]', 'each[1]', 'each'].map((run) => session.status(run))).toEqual([
      'failed: evaluation',
      'skipped: session-failed',
      'failed: items',
    ]);
  });

  test('because its inputs cannot be rendered, fails alone', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true, subPlan: true } }, { concurrency: 1 }));
    session.decide(['reject', 0, 2]);
    expect(session.status('each[2]')).toBe('failed: evaluation');
    session.succeed('each[0]', 'each[1]');
    expect(session.status('each')).toBe('failed: items');
  });
});

describe(`the limit of ${maxRunsPerSession} runs`, () => {
  const index = indexOutline(outlineOf({ a: { forEach: true }, b: { forEach: true } }));
  const begun = decide(index, initialState(index, 'session', 0), { id: '1', type: 'session-started' }, 0).state;

  test('counts tasks and items alike', () => {
    expect(hasRoomForItems(index, begun, maxRunsPerSession - 2)).toBe(true);
    expect(hasRoomForItems(index, begun, maxRunsPerSession - 1)).toBe(false);
  });

  test('leaves to later fan-outs what earlier ones did not take', () => {
    const { state } = applyDecision(index, begun, ['expand', 0, 6_000], 0);
    expect(countRuns(index, state)).toBe(6_002);
    expect(hasRoomForItems(index, state, 3_998)).toBe(true);
    expect(hasRoomForItems(index, state, 3_999)).toBe(false);
  });
});
