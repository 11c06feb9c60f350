import type { LoadedPlan } from '../../contracts/ports/plan-store';
import type { NewSession } from '../../contracts/ports/session-catalog';
import type { Settlement } from '../../contracts/ports/attempt-store';
import type {
  CommittedTurn,
  SessionRecord,
  TurnGround,
  TurnStore,
  TurnTransaction,
  TurnWrites,
} from '../../contracts/ports/turn-store';
import type { TurnRequest } from '../../contracts/protocol/activities';
import type { AgentKey } from '../../domain/agents/agent';
import { replayTurn } from '../../domain/session/replay-turn';
import { initialState } from '../../domain/session/state';
import type { SessionState } from '../../domain/session/state';
import type { InlineAgent, Uncalled } from './turn-draft';
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
  /** Of the turn behind it. */
  ground?: TurnGround;
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
  /** Nobody else waits for what settling them locks. */
  locksNothingShared?: boolean;
  /** Agents of the registry that have done them. */
  freed?: readonly AgentKey[];
  /** What becomes ready is left to the next turn. */
  isLast?: boolean;
  /** Absent where nobody runs attempts in this process. */
  uncalled?: Uncalled;
  /** What the turn before has left in this process. */
  ground?: TurnGround;
}

/** One turn, one transaction; a repeat gets what the first commit fixed. See docs/architecture.md. */
export async function takeTurn(
  work: TurnWork,
  request: TurnRequest,
  additions: TurnAdditions = {},
): Promise<TakenTurn> {
  const { settlements = [], locksNothingShared = false, freed = [], isLast = false, uncalled } = additions;
  let worked: WorkedTurn | undefined;
  const takeIn = async (transaction: TurnTransaction): Promise<TurnWrites> => {
    if (settlements.length > 0) transaction.settle(settlements);
    const holdsRooms = settlements.length > 0 && !locksNothingShared;
    worked = await workTurn(work, { ...request, isLast, freed, holdsRooms, uncalled }, transaction);
    return worked.writes;
  };
  const { turn, session, ground } = await work.turns.inTurn(request, takeIn, additions.ground);
  const taken = { number: request.turn, turn, session, ...(ground && { ground }) };
  // What was worked out in vain, because somebody else was first with the turn, is not what became of it.
  if (worked?.writes.turn === turn) {
    const { state, loaded, inline } = worked.draft;
    return { ...taken, state, loaded, inline, isRepeat: false };
  }
  return { ...taken, ...(await stateAfter(work, request, turn, session)), isRepeat: true };
}

/** The first turn of a session, which is added with it; undefined where that is there already. */
export async function takeFirstTurn(
  work: TurnWork,
  added: NewSession,
  request: TurnRequest,
): Promise<TakenTurn | undefined> {
  let worked: WorkedTurn | undefined;
  const stored = await work.turns.inFirstTurn(added, request, async (transaction) => {
    worked = await workTurn(work, request, transaction);
    return worked.writes;
  });
  if (!stored || !worked) return undefined;
  const { state, loaded, inline } = worked.draft;
  return { number: request.turn, ...stored, state, loaded, inline, isRepeat: false };
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
