import fc from 'fast-check';
import { applyDecision, decide } from '../../../src/domain/session/decide';
import type { Decision, SessionEvent } from '../../../src/domain/session/events';
import { brokenInvariants } from '../../../src/domain/session/invariants';
import type { Outline } from '../../../src/domain/session/outline';
import { indexOutline } from '../../../src/domain/session/outline';
import { runKey, wholeTask } from '../../../src/domain/session/run-key';
import { initialState } from '../../../src/domain/session/state';
import { nextWakeAt } from '../../../src/domain/session/timers';
import type { Verdict } from '../../../src/domain/verdict';
import { arbitraryOutline } from '../../helpers/engine/arbitrary-outline';
import { engineRuns } from '../../helpers/engine/engine-runs';
import type { Fate } from '../../helpers/engine/expected-results';
import { expectedResults } from '../../helpers/engine/expected-results';
import { decideTurn } from '../../helpers/engine/turn';

interface Flying {
  task: number;
  item: number;
  attempt: number;
}

const mostUnstarted = 200;

/** Plays a session in an order that `picks` chooses; now and then an attempt ends for nothing and does not count. */
function results(outline: Outline, { answer, verdict }: Fate, picks: number[]): string[] {
  const index = indexOutline(outline);
  let state = initialState(index, 'session', 0);
  let now = 0;
  let steps = 0;
  let unstarted = 0;
  const flying: Flying[] = [];
  const tried = new Map<string, number>();

  const evaluate = (task: number): Decision => {
    const { conditional, forEach } = outline.tasks[task] ?? {};
    const came = answer(task);
    if (came === 'reject') return ['reject', task, wholeTask];
    if (came === 'skip' && conditional) return ['skip', task];
    return forEach ? ['expand', task, typeof came === 'number' ? came : 0] : ['ready', task];
  };
  const turn = (event: SessionEvent): void => {
    state = decide(index, state, event, now).state;
    decideTurn(index, {
      state: () => state,
      evaluate,
      start: ({ task, item, attempt, agent }) => {
        flying.push({ task, item, attempt });
        return ['start', task, item, attempt, agent, 1];
      },
      apply: (decision) => void ({ state } = applyDecision(index, state, decision, now)),
    });
    expect(brokenInvariants(index, state)).toEqual([]);
  };

  turn({ id: 'start', type: 'session-started' });
  while (!state.ended) {
    const pick = picks[(steps += 1) % picks.length] ?? 0;
    const dueAt = nextWakeAt(state);
    const [next] = flying.length > 0 ? flying.splice(pick % flying.length, 1) : [];
    if (dueAt !== undefined && (next === undefined || pick % 3 === 0)) {
      if (next) flying.push(next);
      turn({ id: `${steps}`, type: 'time-passed', at: (now = Math.max(now, dueAt)) });
      continue;
    }
    if (!next) throw new Error('the session is stuck');
    const run = runKey(index, next);
    // Not for ever: picks that come round every five steps can all be such.
    if ((pick + steps) % 5 === 1 && unstarted++ < mostUnstarted) {
      turn({ id: `${steps}`, type: 'attempt-unstarted', run, attempt: next.attempt });
      continue;
    }
    const count = tried.get(run) ?? 0;
    tried.set(run, count + 1);
    turn({
      id: `${steps}`,
      type: 'attempt-ended',
      run,
      attempt: next.attempt,
      verdict: verdict(next.task, next.item, count),
    });
  }
  return state.tasks.map(({ status, reason }) => (reason === undefined ? status : `${status}: ${reason}`));
}

const verdicts = fc.constantFrom<Verdict[]>('succeeded', 'failed', 'rate_limited', 'contradictory', 'timed_out');

test('what a session comes to depends on its plan and its attempts, not on the order in which they end', () => {
  fc.assert(
    fc.property(
      arbitraryOutline({ maxTasks: 12, timeouts: false, onFailure: ['continue', 'skip-dependents'] }),
      fc.array(fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('skip' as const, 'reject' as const)), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.array(verdicts, { minLength: 1, maxLength: 13 }),
      fc.array(fc.nat(99), { minLength: 1, maxLength: 30, size: 'max' }),
      (outline, answers, came, picks) => {
        const fate: Fate = {
          answer: (task) => answers[task % answers.length] ?? 0,
          verdict: (task, item, tried) => came[(7 * task + 3 * (item + 1) + tried) % came.length] ?? 'succeeded',
        };
        expect(results(outline, fate, picks)).toEqual(expectedResults(outline, fate));
      },
    ),
    engineRuns(0.15),
  );
});
