import { ApplicationFailure } from '@temporalio/common';
import type { PlanStore } from '../contracts/ports/plan-store';
import type { CommittedTurn, StoredTurn, TurnStore, TurnTransaction, TurnWrites } from '../contracts/ports/turn-store';
import type { SessionActivities, TurnRequest, TurnResult } from '../contracts/protocol/activities';
import { canonicalJson } from '../domain/canonical-json';
import { OrchestraError, errorTable } from '../domain/errors';
import type { Json } from '../domain/json';
import { statusOf } from '../domain/session/completion';
import type { SessionEvent } from '../domain/session/events';
import { maxStartsPerTurn } from '../domain/session/outline';
import { progressOf } from '../domain/session/progress';
import { startable } from '../domain/session/queue';
import { initialState } from '../domain/session/state';
import type { SessionState } from '../domain/session/state';
import { acceptEvents } from './turn/accept';
import { assignRuns } from './turn/assign';
import type { AssignmentSources } from './turn/assign';
import { evaluateTasks } from './turn/evaluate';
import { finishSession } from './turn/finish';
import { TurnDraft } from './turn/turn-draft';

export interface SessionActivityDependencies extends AssignmentSources {
  turns: TurnStore;
  plans: PlanStore;
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

/** One turn, one transaction; a repeat gets what the first commit fixed. See docs/architecture.md. */
async function commitTurn(
  { turns, plans, tellParent, ...sources }: SessionActivityDependencies,
  request: TurnRequest,
): Promise<TurnResult> {
  const { turn, session } = await turns.inTurn(request, (transaction) =>
    workTurn(plans, sources, request, transaction),
  );
  if (session.parent && turn.ended) tellParent(session);
  const result = answer(turn, request);
  if (!request.firstOfRun) return result;
  const { index } = await plans.load(session.workspace, planBefore(request.state ?? turn.reopened, session));
  return {
    ...result,
    outline: index.outline,
    planName: session.planName,
    mode: session.mode,
    ...(request.state && { unbegun: await unbegunBefore(turns, turn, session) }),
  };
}

/** The state says which plan it is for: a reset can have left the branch that edited it. */
function planBefore(state: SessionState | undefined, session: StoredTurn['session']): string {
  return state?.plan ?? session.firstPlanHash;
}

/** Attempts that wait for a worker since an earlier run; those that the turn has started are scheduled with it. */
async function unbegunBefore(turns: TurnStore, { decisions }: CommittedTurn, session: StoredTurn['session']) {
  const startedNow = new Set(decisions.flatMap((decision) => (decision[0] === 'start' ? [decision[5]] : [])));
  const unbegun = await turns.unbegunAttempts(session.workspace, session.id);
  return unbegun.filter(({ token }) => !startedNow.has(token));
}

async function workTurn(
  plans: PlanStore,
  sources: AssignmentSources,
  request: TurnRequest,
  turn: TurnTransaction,
): Promise<TurnWrites> {
  const { artifacts } = sources;
  const known = request.state ?? turn.snapshot;
  const loaded = await plans.load(turn.session.workspace, planBefore(known, turn.session));
  const draft = new TurnDraft(loaded, turn, known ?? initialState(loaded.index, turn.session.id, turn.now));
  await acceptEvents(draft, { artifacts, plans }, request.events);
  const children = await decideAll(draft, sources);
  const more = (assignedIn(draft) >= maxStartsPerTurn || draft.isPostponed) && hasMore(draft);
  const committed: CommittedTurn = {
    now: turn.now,
    accepted: draft.accepted,
    dropped: draft.dropped,
    ...(Object.keys(draft.refusals).length > 0 && { refusals: draft.refusals }),
    decisions: draft.decisions,
    ...(more && { more }),
    ...(draft.state.ended && { ended: true }),
    ...(!request.state && turn.snapshot && { reopened: turn.snapshot }),
  };
  return {
    turn: committed,
    log: draft.log,
    runs: draft.rows(),
    acceptedOutcomes: draft.acceptedOutcomes,
    children,
    line: draft.line,
    status: statusOf(draft.state),
    progress: progressOf(draft.loaded.index, draft.state),
    ...(draft.loaded.hash !== turn.session.planHash && { plan: planOf(draft) }),
    ...(draft.state.ended && { end: await finishSession(draft, artifacts) }),
  };
}

/** Evaluates and assigns until nothing moves: a skipped task can make others ready. */
async function decideAll(draft: TurnDraft, sources: AssignmentSources): Promise<TurnWrites['children']> {
  const children: TurnWrites['children'] = [];
  for (let known = -1, started = 0; known !== draft.decisions.length && started < maxStartsPerTurn;) {
    known = draft.decisions.length;
    if (!draft.state.paused && !draft.state.ended) await evaluateTasks(draft, sources.artifacts);
    children.push(...(await assignRuns(draft, sources, started)));
    started = assignedIn(draft);
  }
  return children;
}

function planOf({ loaded }: TurnDraft): NonNullable<TurnWrites['plan']> {
  return { hash: loaded.hash, tasks: loaded.index.outline.tasks.map(({ name }) => name) };
}

/** Runs that were started or lined up: what a turn writes has to be bounded. */
function assignedIn({ decisions }: TurnDraft): number {
  return decisions.filter(([kind]) => kind === 'start' || kind === 'line-up').length;
}

function hasMore({ loaded, state }: TurnDraft): boolean {
  return startable(loaded.index, state).length > 0 || state.toEvaluate.length > 0;
}

/** Events that the workflow has sent as they were accepted go back by id alone. */
function answer({ reopened, ended: _, ...turn }: CommittedTurn, { events }: TurnRequest): TurnResult {
  const textOf = (event: SessionEvent): string => canonicalJson({ ...event } as Json);
  const sent = new Map(events.map((event) => [event.id, textOf(event)]));
  return {
    ...turn,
    accepted: turn.accepted.map((event) => (sent.get(event.id) === textOf(event) ? event.id : event)),
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
