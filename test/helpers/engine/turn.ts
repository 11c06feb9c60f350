import type { Decision } from '../../../src/domain/session/events';
import type { PlanIndex } from '../../../src/domain/session/outline';
import type { Startable } from '../../../src/domain/session/queue';
import { startable } from '../../../src/domain/session/queue';
import type { SessionState } from '../../../src/domain/session/state';

/** What a turn decides with, outside of the engine. */
export interface TurnHands {
  state(): SessionState;
  evaluate(task: number): Decision;
  start(run: Startable): Decision;
  apply(decision: Decision): void;
}

/** The second half of a turn, as the shells do it: evaluates and starts until nothing moves any more. Returns what was decided. */
export function decideTurn(index: PlanIndex, hands: TurnHands): Decision[] {
  const made: Decision[] = [];
  const apply = (decision: Decision): void => {
    made.push(decision);
    hands.apply(decision);
  };
  for (;;) {
    const before = made.length;
    if (!hands.state().paused) hands.state().toEvaluate.forEach((task) => apply(hands.evaluate(task)));
    for (const run of startable(index, hands.state())) {
      const decision = hands.start(run);
      apply(decision);
      // A run that is rejected may end others: the list is out of date.
      if (decision[0] === 'reject') break;
    }
    if (made.length === before) return made;
  }
}
