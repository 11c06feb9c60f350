import { applyDecision, decide } from '../../../src/domain/session/decide';
import type { Decided } from '../../../src/domain/session/decide';
import type { Decision, SessionEvent } from '../../../src/domain/session/events';
import type { Outline } from '../../../src/domain/session/outline';
import { indexOutline } from '../../../src/domain/session/outline';
import { runKey } from '../../../src/domain/session/run-key';
import type { SessionState } from '../../../src/domain/session/state';
import { initialState } from '../../../src/domain/session/state';
import { nextWakeAt } from '../../../src/domain/session/timers';
import type { Verdict } from '../../../src/domain/verdict';
import { decideTurn } from './turn';

interface Player {
  evaluate?(task: number): Decision;
  verdict?(run: string, attempt: number): Verdict;
  /** Sees every state, with the number of steps so far. */
  look?(state: SessionState, steps: number): void;
  /** Clock time that an attempt takes. */
  attemptMs?: number;
}

interface Played {
  state: SessionState;
  steps: number;
  facts: number;
  /** How many records of runs were copied, in all steps together. */
  touched: number;
}

/** Plays a large session to its end, unchecked; attempts end in the order in which they started. */
export function playThrough(outline: Outline, { evaluate, verdict, look, attemptMs = 1 }: Player = {}): Played {
  const index = indexOutline(outline);
  const played: Played = { state: initialState(index, 'session', 0), steps: 0, facts: 0, touched: 0 };
  const inFlight: { run: string; attempt: number }[] = [];
  let now = 0;
  const step = ({ state, facts, touched }: Decided): void => {
    played.state = state;
    played.steps += 1;
    played.facts += facts.length;
    played.touched += touched.size;
    look?.(state, played.steps);
  };
  const turn = (event: SessionEvent): void => {
    step(decide(index, played.state, event, now));
    decideTurn(index, {
      state: () => played.state,
      evaluate: (task) => evaluate?.(task) ?? ['ready', task],
      start: ({ task, item, attempt, agent }) => {
        inFlight.push({ run: runKey(index, { task, item }), attempt });
        return ['start', task, item, attempt, agent, 1];
      },
      apply: (decision) => step(applyDecision(index, played.state, decision, now)),
    });
  };
  turn({ id: 'start', type: 'session-started' });
  for (let next = inFlight.shift(); !played.state.ended; next = inFlight.shift()) {
    const id = `event-${played.steps}`;
    now += attemptMs;
    if (next) turn({ id, type: 'attempt-ended', ...next, verdict: verdict?.(next.run, next.attempt) ?? 'succeeded' });
    else {
      const dueAt = nextWakeAt(played.state);
      if (dueAt === undefined) throw new Error('the session is stuck');
      now = Math.max(now, dueAt);
      turn({ id, type: 'time-passed', at: dueAt });
    }
  }
  return played;
}
