import { ApplicationFailure } from '@temporalio/common';
import type { SessionActivities, TurnRequest, TurnResult } from '../contracts/protocol/activities';
import { OrchestraError, errorTable } from '../domain/errors';
import { concludeTurn } from './turn/conclude-turn';
import type { ConcludedTurnWork } from './turn/conclude-turn';
import type { StartedTurns } from './turn/started-turns';
import { stateAfter, takeTurn } from './turn/take-turn';
import type { TakenTurn } from './turn/take-turn';

export interface CommittedTurnWork extends ConcludedTurnWork {
  /** Where sessions may be started in this process. */
  started?: StartedTurns;
}

/** Local activities of the session worker. */
export function createSessionActivities(dependencies: CommittedTurnWork): SessionActivities {
  return {
    commitTurn: async (request) => {
      try {
        return await commitTurn(dependencies, request);
      } catch (error) {
        throw asFailure(error);
      }
    },
  };
}

/** A turn, and those that follow at once because attempts ended meanwhile. */
async function commitTurn(dependencies: CommittedTurnWork, request: TurnRequest): Promise<TurnResult> {
  const first = dependencies.started?.claim(request) ?? (await takeTurn(dependencies, request));
  const behind = first.isRepeat ? await takenBehind(dependencies, request, first) : [];
  return concludeTurn(dependencies, request, [first, ...behind]);
}

/** Turns that an earlier call of the same turn has committed behind it, before it was broken off. */
async function takenBehind(
  dependencies: ConcludedTurnWork,
  request: TurnRequest,
  first: TakenTurn,
): Promise<TakenTurn[]> {
  const behind: TakenTurn[] = [];
  let { state } = first;
  for (const [at, turn] of (await dependencies.turns.committedBehind(request)).entries()) {
    const after = await stateAfter(dependencies, { state }, turn, first.session);
    behind.push({ ...first, ...after, turn, number: request.turn + at + 1 });
    ({ state } = after);
  }
  return behind;
}

/** The one place where errors of the session worker become Temporal's: workflows branch on the type. */
function asFailure(error: unknown): unknown {
  if (!(error instanceof OrchestraError)) return error;
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: !errorTable[error.code].retryable,
    cause: error,
  });
}
