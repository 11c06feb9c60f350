import { ApplicationFailure } from '@temporalio/common';
import type { InlineAttempts } from '../contracts/ports/inline-attempts';
import type { CommittedTurn, StoredTurn, TurnStore } from '../contracts/ports/turn-store';
import type { SessionActivities, TurnRequest, TurnResult } from '../contracts/protocol/activities';
import { canonicalJson } from '../domain/canonical-json';
import { OrchestraError, errorTable } from '../domain/errors';
import type { Json } from '../domain/json';
import type { SessionEvent } from '../domain/session/events';
import { runAhead } from './turn/run-ahead';
import { stateAfter, takeTurn } from './turn/take-turn';
import type { TakenTurn, TurnWork } from './turn/take-turn';
import { planBefore } from './turn/work-turn';

export interface SessionActivityDependencies extends TurnWork {
  /** Without it all attempts go to agent workers. */
  inline?: InlineAttempts;
  /** Lets the parent of a child session know of its end; best effort, the backstop repeats it. */
  tellParent(session: StoredTurn['session']): void;
}

/** Local activities of the session worker. */
export function createSessionActivities(dependencies: SessionActivityDependencies): SessionActivities {
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
async function commitTurn(dependencies: SessionActivityDependencies, request: TurnRequest): Promise<TurnResult> {
  const { turns, plans, tellParent } = dependencies;
  const first = await takeTurn(dependencies, request);
  const taken = [first, ...(first.isRepeat ? await takenBehind(dependencies, request, first) : [])];
  await takeAhead(dependencies, request, taken);
  const [{ turn, session }, ...ahead] = taken as [TakenTurn, ...TakenTurn[]];
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

/** Turns that an earlier call of the same turn has committed behind it, before it was broken off. */
async function takenBehind(
  dependencies: SessionActivityDependencies,
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

async function takeAhead(
  dependencies: SessionActivityDependencies,
  request: TurnRequest,
  taken: TakenTurn[],
): Promise<void> {
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
