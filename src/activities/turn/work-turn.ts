import type { PlanStore } from '../../contracts/ports/plan-store';
import type { CommittedTurn, SessionRecord, TurnTransaction, TurnWrites } from '../../contracts/ports/turn-store';
import type { TurnRequest } from '../../contracts/protocol/activities';
import type { AgentKey } from '../../domain/agents/agent';
import { statusOf } from '../../domain/session/completion';
import { maxStartsPerTurn } from '../../domain/session/outline';
import { progressOf } from '../../domain/session/progress';
import { startable } from '../../domain/session/queue';
import { initialState } from '../../domain/session/state';
import type { SessionState } from '../../domain/session/state';
import { acceptEvents } from './accept';
import { assignRuns } from './assign';
import type { AssignmentSources } from './assign';
import { evaluateTasks } from './evaluate';
import { finishSession } from './finish';
import { TurnDraft } from './turn-draft';
import type { Uncalled } from './turn-draft';

export interface TurnSources extends AssignmentSources {
  plans: PlanStore;
}

export interface WorkedTurn {
  writes: TurnWrites;
  draft: TurnDraft;
}

/** The state says which plan it is for: a reset can have left the branch that edited it. */
export function planBefore(state: SessionState | undefined, session: SessionRecord): string {
  return state?.plan ?? session.firstPlanHash;
}

/** What a turn is asked, beside what its workflow sends. */
export interface TurnOrder extends TurnRequest {
  /** What becomes ready is left to the next. */
  isLast?: boolean;
  /** The transaction has locked rooms, by what it has settled. */
  holdsRooms?: boolean;
  /** Agents of the registry at which it has made room by that. */
  freed?: readonly AgentKey[];
  uncalled?: Uncalled | undefined;
}

/** Decides a turn within its transaction. */
export async function workTurn(sources: TurnSources, request: TurnOrder, turn: TurnTransaction): Promise<WorkedTurn> {
  const { artifacts, plans } = sources;
  const known = request.state ?? turn.snapshot;
  const loaded = await plans.load(turn.session.workspace, planBefore(known, turn.session));
  const draft = new TurnDraft(loaded, turn, known ?? initialState(loaded.index, turn.session.id, turn.now));
  draft.holdsRooms = request.holdsRooms === true;
  draft.freed = request.freed ?? [];
  if (request.uncalled) draft.uncalled = request.uncalled;
  await acceptEvents(draft, { artifacts, plans }, request.events);
  const children = request.isLast ? [] : await decideAll(draft, sources);
  draft.isPostponed ||= request.isLast === true;
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
  const writes: TurnWrites = {
    turn: committed,
    log: draft.log,
    runs: draft.rows(),
    acceptedOutcomes: draft.acceptedOutcomes,
    children,
    line: draft.line,
    explained: () => draft.explained(),
    status: statusOf(draft.state),
    progress: progressOf(draft.loaded.index, draft.state),
    ...(draft.loaded.hash !== turn.session.planHash && { plan: planOf(draft) }),
    ...(draft.state.ended && { end: await finishSession(draft, artifacts) }),
  };
  return { writes, draft };
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
