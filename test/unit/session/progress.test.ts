import fc from 'fast-check';
import { decide } from '../../../src/domain/session/decide';
import { indexOutline } from '../../../src/domain/session/outline';
import { progressOf, taskProgress } from '../../../src/domain/session/progress';
import { initialState } from '../../../src/domain/session/state';
import { arbitraryScenario } from '../../helpers/engine/arbitrary-scenario';
import { engineRuns } from '../../helpers/engine/engine-runs';
import { outlineOf } from '../../helpers/engine/outline-of';
import { TestSession, sessionStart } from '../../helpers/engine/test-session';
import { World } from '../../helpers/engine/world';

describe('progress', () => {
  test('counts tasks by what became of them', () => {
    const session = new TestSession(
      outlineOf({
        ok: {},
        bad: { onFailure: 'skip-dependents' },
        busy: {},
        after: { needs: ['bad'] },
        each: { forEach: true },
      }),
    );
    session.succeed('ok');
    session.fail('bad');
    expect(progressOf(session.index, session.state)).toEqual({
      status: 'running',
      total: 5,
      succeeded: 1,
      failed: 1,
      skipped: 1,
      cancelled: 0,
      running: 2,
      percent: 60,
    });
  });

  test('weighs tasks by their expected duration, and unknown ones by the mean', () => {
    const index = indexOutline(outlineOf({ long: {}, short: {}, unknown: {} }));
    const started = { id: '1', type: 'session-started', expectedMs: [30_000, 10_000, 0] } as const;
    const { state } = decide(
      index,
      initialState(index, 'session', 0),
      { ...started, expectedMs: [...started.expectedMs] },
      0,
    );
    const after = (...done: number[]) =>
      progressOf(index, {
        ...state,
        tasks: state.tasks.map((task, at) => (done.includes(at) ? { status: 'succeeded' } : task)),
      }).percent;
    expect([after(), after(0), after(1), after(2)]).toEqual([0, 50, 16.7, 33.3]);
  });

  test('counts the share of a fan-out that has ended', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true }, a: {} }), { each: 4 });
    session.succeed('each[0]');
    expect(progressOf(session.index, session.state).percent).toBe(12.5);
    expect(taskProgress(session.index, session.state, 0)).toMatchObject({
      percent: 25,
      items: { total: 4, ended: 1, succeeded: 1, failed: 0 },
    });
  });

  test('is not 100 before the session has ended, however many tasks it has', () => {
    const session = new TestSession(outlineOf({ each: { forEach: true } }));
    const items = Array.from({ length: 2_000 }, (_, item) => ({
      status: item < 1_999 ? ('succeeded' as const) : ('running' as const),
    }));
    const almost = { ...session.state, tasks: [{ status: 'running' as const, items }] };
    expect(progressOf(session.index, almost).percent).toBe(99.9);
    expect(taskProgress(session.index, almost, 0).percent).toBe(99);
  });

  test('of a task has the times of the clock, its agent and its attempts', () => {
    const session = new TestSession(outlineOf({ a: { attempts: 2 } }));
    session.fail('a');
    session.passTo(10);
    session.succeed('a');
    expect(taskProgress(session.index, session.state, 0)).toEqual({
      name: 'a',
      status: 'succeeded',
      attempts: 2,
      agent: 'worker',
      percent: 100,
      queuedAt: sessionStart + 10,
      startedAt: sessionStart,
      endedAt: sessionStart + 10,
    });
  });

  test('adds up in every session, and is 100 exactly when it has ended', () => {
    fc.assert(
      fc.property(arbitraryScenario, ({ outline, answers, acts }) => {
        const world = new World({ outline, answers, acts });
        for (const action of acts.flatMap(({ actions }) => actions)) {
          world.act(action);
          const { total, succeeded, failed, skipped, cancelled, running, percent } = progressOf(world.index, world.state);
          expect(succeeded + failed + skipped + cancelled + running).toBeLessThanOrEqual(total);
          expect(percent).toBeGreaterThanOrEqual(0);
          expect(percent === 100).toBe(world.state.ended !== undefined);
        }
      }),
      engineRuns(0.02),
    );
  });
});
