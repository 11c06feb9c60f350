import type { InlineAttempts } from '../../contracts/ports/inline-attempts';
import type { CommittedTurn, StoredTurn, TurnStore } from '../../contracts/ports/turn-store';
import type { TurnRequest, TurnResult } from '../../contracts/protocol/activities';
import { canonicalJson } from '../../domain/canonical-json';
import type { Json } from '../../domain/json';
import type { SessionEvent } from '../../domain/session/events';
import type { LastTurns } from './last-turns';
import { runAhead } from './run-ahead';
import { takeTurn } from './take-turn';
import type { TakenTurn, TurnWork } from './take-turn';
import { planBefore } from './work-turn';

export interface ConcludedTurnWork extends TurnWork {
  /** Without it all attempts go to agent workers. */
  inline?: InlineAttempts;
  /** Where attempts of the sessions may end in this process. */
  last?: LastTurns;
  /** Lets the parent of a child session know of its end; best effort, the backstop repeats it. */
  tellParent(session: StoredTurn['session']): void;
}

/** Takes the turns that follow those taken at once, because attempts ended meanwhile, and makes up the answer to the workflow. */
export async function concludeTurn(
  dependencies: ConcludedTurnWork,
  request: TurnRequest,
  taken: TakenTurn[],
): Promise<TurnResult> {
  const { turns, plans, last, tellParent } = dependencies;
  await takeAhead(dependencies, request, taken);
  const [{ turn, session }, ...ahead] = taken as [TakenTurn, ...TakenTurn[]];
  last?.note(request, taken.at(-1) as TakenTurn);
  if (session.parent && taken.some(({ turn: { ended } }) => ended)) tellParent(session);
  const result: TurnResult = {
    ...answer(turn, request),
    ...(ahead.length > 0 && { ahead: ahead.map((one) => answer(one.turn, { events: [] })) }),
  };
  if (!request.firstOfRun) return result;
  const { index } = await plans.load(session.workspace, planBefore(request.state ?? turn.reopened, session));
  return {
    ...result,
    outline: index.outline,
    planName: session.planName,
    mode: session.mode,
    ...(request.state && { unbegun: await unbegunBefore(turns, taken, session) }),
  };
}

async function takeAhead(dependencies: ConcludedTurnWork, request: TurnRequest, taken: TakenTurn[]): Promise<void> {
  const { inline } = dependencies;
  if (!inline) return;
  const called = await runAhead(inline, taken, ({ number, state, ground }, { events, ...additions }) =>
    takeTurn(
      dependencies,
      { ...request, turn: number + 1, state, events, firstOfRun: false },
      { ...additions, ...(ground && { ground }) },
    ),
  );
  if (called.length > 0) await dependencies.turns.noteCalled(request.workspace, request.session, called);
}

/** Attempts that wait for a worker since an earlier run; those that the turns have started are scheduled with them. */
async function unbegunBefore(turns: TurnStore, taken: readonly TakenTurn[], session: StoredTurn['session']) {
  const started = taken.flatMap(({ turn }) => turn.decisions);
  const startedNow = new Set(started.flatMap((decision) => (decision[0] === 'start' ? [decision[5]] : [])));
  const unbegun = await turns.unbegunAttempts(session.workspace, session.id);
  return unbegun.filter(({ token }) => !startedNow.has(token));
}

/** Events that the workflow has sent as they were accepted go back by id alone. */
function answer({ reopened, ended: _, ...turn }: CommittedTurn, { events }: Pick<TurnRequest, 'events'>): TurnResult {
  const textOf = (event: SessionEvent): string => canonicalJson({ ...event } as Json);
  const sent = new Map(events.map((event) => [event.id, textOf(event)]));
  return {
    ...turn,
    accepted: turn.accepted.map((event) =>
      sent.has(event.id) && sent.get(event.id) === textOf(event) ? event.id : event,
    ),
    ...(reopened && { state: reopened }),
  };
}
