import { applyDecision, decide } from './decide';
import type { Decided } from './decide';
import type { Command, Decision, SessionEvent } from './events';
import type { PlanIndex } from './outline';
import type { SessionState } from './state';

/** What a turn has fixed. */
export interface FixedTurn {
  /** Milliseconds since 1970. */
  now: number;
  /** In the order in which they were taken in. */
  accepted: readonly SessionEvent[];
  decisions: readonly Decision[];
}

export interface ReplayedTurn {
  state: SessionState;
  /** Another than before where an edit was taken in. */
  index: PlanIndex;
  commands: Command[];
  /** Why events were refused that were accepted for no more than that, by id. */
  refusals: ReadonlyMap<string, string>;
}

/** The state after a turn, from the state before it: the same wherever it is worked out, because a turn has fixed all that it decided by. */
export function replayTurn(index: PlanIndex, state: SessionState, turn: FixedTurn): ReplayedTurn {
  const commands: Command[] = [];
  const refusals = new Map<string, string>();
  const keep = (decided: Decided): void => {
    state = decided.state;
    index = decided.index ?? index;
    commands.push(...decided.commands);
  };
  for (const event of turn.accepted) {
    const decided = decide(index, state, event, turn.now);
    if (decided.refusal !== undefined) refusals.set(event.id, decided.refusal);
    keep(decided);
  }
  for (const decision of turn.decisions) keep(applyDecision(index, state, decision, turn.now));
  return { state, index, commands, refusals };
}
