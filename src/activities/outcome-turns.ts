import type { OutcomeTurns } from '../contracts/ports/outcome-turns';
import { attemptEnded } from '../contracts/protocol/attempt-events';
import type { TurnRequest, TurnResult } from '../contracts/protocol/activities';
import { concludeTurn } from './turn/conclude-turn';
import type { ConcludedTurnWork } from './turn/conclude-turn';
import type { LastTurns } from './turn/last-turns';
import { takeTurn } from './turn/take-turn';

export interface OutcomeTurnDependencies extends ConcludedTurnWork {
  last: LastTurns;
  /** Around a turn, for traces. */
  traced<Result extends TurnResult | undefined>(request: TurnRequest, take: () => Promise<Result>): Promise<Result>;
}

/** Turns that are taken where the attempts end which they take in. See docs/decisions on outcomes that bring their turn. */
export function createOutcomeTurns(dependencies: OutcomeTurnDependencies): OutcomeTurns {
  const { last, traced } = dependencies;
  return {
    take: async (settlement, runId) => {
      const { attempt, ...outcome } = settlement;
      const next = last.claim(attempt, runId);
      if (!next) return undefined;
      const request = { ...next.request, events: [attemptEnded(attempt.run, attempt.attempt, outcome)] };
      const result = await traced(request, async () => {
        const additions = {
          settlements: [settlement],
          locksNothingShared: true,
          ...(next.ground && { ground: next.ground }),
        };
        const first = await takeTurn(dependencies, request, additions);
        return first.isRepeat ? undefined : concludeTurn(dependencies, request, [first]);
      });
      return result && { number: request.turn, ...result };
    },
  };
}
