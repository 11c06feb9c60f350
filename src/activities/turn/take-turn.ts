import type { LoadedPlan } from '../../contracts/ports/plan-store';
import type { Settlement } from '../../contracts/ports/attempt-store';
import type { CommittedTurn, SessionRecord, TurnStore } from '../../contracts/ports/turn-store';
import type { TurnRequest } from '../../contracts/protocol/activities';
import { replayTurn } from '../../domain/session/replay-turn';
import { initialState } from '../../domain/session/state';
import type { SessionState } from '../../domain/session/state';
import type { InlineAgent } from './turn-draft';
import { planBefore, workTurn } from './work-turn';
import type { TurnSources, WorkedTurn } from './work-turn';

export interface TakenTurn {
  number: number;
  turn: CommittedTurn;
  session: SessionRecord;
  /** After the turn. */
  state: SessionState;
  /** The plan that the state is for. */
  loaded: LoadedPlan;
  /** It had been committed before. */
  isRepeat: boolean;
  /** Runs that it has started with agents of the registry, and that are to run here; unknown of a repeat, whose runs are for workers. */
  inline?: ReadonlyMap<string, InlineAgent>;
}

export interface TurnWork extends TurnSources {
  turns: TurnStore;
}

/** What a turn takes in besides what its workflow sends. */
export interface TurnAdditions {
  /** What attempts came to that ran in this process; stored with the turn. */
  settlements?: readonly Settlement[];
  /** What becomes ready is left to the next turn. */
  isLast?: boolean;
}

/** One turn, one transaction; a repeat gets what the first commit fixed. See docs/architecture.md. */
export async function takeTurn(
  work: TurnWork,
  request: TurnRequest,
  additions: TurnAdditions = {},
): Promise<TakenTurn> {
  const { settlements = [], isLast = false } = additions;
  let worked: WorkedTurn | undefined;
  const { turn, session } = await work.turns.inTurn(request, async (transaction) => {
    // Not waited for: the statements that follow are answered after it.
    const settled = settlements.length > 0 ? transaction.settle(settlements) : undefined;
    [worked] = await Promise.all([
      workTurn(work, { ...request, isLast, holdsRooms: settled !== undefined }, transaction),
      settled,
    ]);
    return worked.writes;
  });
  const taken = { number: request.turn, turn, session };
  if (worked) {
    const { state, loaded, inline } = worked.draft;
    return { ...taken, state, loaded, inline, isRepeat: false };
  }
  return { ...taken, ...(await stateAfter(work, request, turn, session)), isRepeat: true };
}

/** The state after a turn that is stored, worked out as the workflow does. */
export async function stateAfter(
  { plans }: Pick<TurnSources, 'plans'>,
  { state: known }: Pick<TurnRequest, 'state'>,
  turn: CommittedTurn,
  session: SessionRecord,
): Promise<Pick<TakenTurn, 'state' | 'loaded'>> {
  const state = known ?? turn.reopened;
  const before = await plans.load(session.workspace, planBefore(state, session));
  const replayed = replayTurn(before.index, state ?? initialState(before.index, session.id, turn.now), turn);
  const { plan = before.hash } = replayed.state;
  return {
    state: replayed.state,
    loaded: plan === before.hash ? before : await plans.load(session.workspace, plan),
  };
}
