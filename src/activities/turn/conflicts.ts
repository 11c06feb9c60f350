import type { ArtifactStore } from '../../contracts/ports/artifact-store';
import type { Answer, Asked, ConflictQuestion, ResourceHold } from '../../contracts/ports/turn-store';
import { textsOfClaim } from '../../domain/conflicts/claim';
import { compareWaiters } from '../../domain/conflicts/conflict-line';
import { OrchestraError } from '../../domain/errors';
import type { AgentGranted, SessionEvent } from '../../domain/session/events';
import type { ConflictPolicy } from '../../domain/plan/plan';
import { taskAt } from '../../domain/session/outline';
import type { Startable } from '../../domain/session/queue';
import { parseRunKey, runKey } from '../../domain/session/run-key';
import type { RunRef } from '../../domain/session/run-key';
import { findRun } from '../../domain/session/state';
import { ClaimBook } from './claim-book';
import type { Seeker } from './claim-book';
import { ClaimReader } from './claim-reader';
import { ask, stateOfQuestion } from './questions';
import type { TurnDraft } from './turn-draft';

/** Runs that may start as far as resources go. */
export interface ClearedRuns {
  starts: readonly Startable[];
  /** What those have that need any, by run key. */
  holds: ReadonlyMap<string, ResourceHold>;
  /** Approvals that let some of them through, by run key: used up once they have started. */
  approvals: ReadonlyMap<string, string>;
}

/** What becomes of a run, where somebody may be asked. */
type Verdict =
  | { kind: 'go'; hold: ResourceHold; approval?: string }
  | { kind: 'wait'; for: string; ask?: Asked<ConflictQuestion> }
  | { kind: 'fail'; why: string };

/** Lets those through that need nothing others have. The rest has joined the line for resources, or has failed. */
export async function clearConflicts(
  draft: TurnDraft,
  artifacts: ArtifactStore,
  starts: readonly Startable[],
): Promise<ClearedRuns> {
  const holds = new Map<string, ResourceHold>();
  const approvals = new Map<string, string>();
  const { index } = draft.loaded;
  const needsResources = ({ task }: RunRef): boolean => taskAt(index, task).resources === true;
  const claiming = starts.filter(needsResources);
  if (claiming.length === 0) return { starts, holds, approvals };
  const book = await openBook(draft);
  const seekers = book ? await readSeekers(draft, artifacts, book, claiming) : [];
  const answers = await answersFor(draft, seekers);
  for (const seeker of seekers.sort(compareWaiters)) {
    // One that was refused can have ended others with it.
    if (!book || findRun(draft.state, seeker.ref)?.status !== 'queued') continue;
    const verdict = decideOn(draft, book, seeker, answers);
    if (verdict.kind === 'go') {
      book.noteHolder(seeker);
      holds.set(seeker.run, verdict.hold);
      if (verdict.approval !== undefined) approvals.set(seeker.run, verdict.approval);
    } else if (verdict.kind === 'wait') {
      book.noteWaiter(seeker);
      draft.waitForResources(seeker.ref, seeker, verdict.for, verdict.ask);
    } else {
      reject(draft, seeker.ref, verdict.why, 'conflict');
    }
  }
  const cleared = starts.filter((start) => !needsResources(start) || holds.has(runKey(index, start)));
  return { starts: cleared, holds, approvals };
}

/**
 * What a turn in the line for agents is worth to a run that needs resources: it starts where it may have them; otherwise it gives the agent back, and
 * tries again from the beginning.
 */
export async function checkGrant(
  draft: TurnDraft,
  artifacts: ArtifactStore,
  grant: AgentGranted,
): Promise<SessionEvent> {
  const ref = parseRunKey(draft.loaded.index, grant.run);
  if (!ref || !taskAt(draft.loaded.index, ref.task).resources) return grant;
  const { status, reason } = findRun(draft.state, ref) ?? {};
  if (status !== 'waiting' || reason !== 'capacity') return grant;
  // It is given back, and whatever was approved is not used up.
  if (draft.state.inFlight >= draft.loaded.index.outline.concurrency) return grant;
  const tryAgain: SessionEvent = { id: grant.id, type: 'turn-came', run: grant.run };
  const book = await openBook(draft);
  if (!book) return tryAgain;
  // Why what it needs cannot be told is said when it is tried again.
  const claim = await new ClaimReader(draft, artifacts).read(ref).catch(onlyOurs);
  if (claim instanceof OrchestraError) return tryAgain;
  const seeker = book.seeker(ref, grant.attempt, claim);
  const verdict = decideOn(draft, book, seeker, await answersFor(draft, [seeker]));
  if (verdict.kind !== 'go') return tryAgain;
  book.noteHolder(seeker);
  const { run, attempt, token } = grant;
  await draft.turn.holdResources({ run, attempt, token, ...verdict.hold });
  if (verdict.approval !== undefined) await draft.turn.useApprovals([verdict.approval]);
  return grant;
}

/** Undefined where it may not be waited for: what needs resources is left to the next turn, which has nothing locked when it asks. */
async function openBook(draft: TurnDraft): Promise<ClaimBook | undefined> {
  if (draft.book) return draft.book;
  const claims = await draft.turn.claims(draft.holdsRooms ? 'skip' : 'wait');
  if (claims) return (draft.book = new ClaimBook(draft, claims));
  draft.isPostponed = true;
  return undefined;
}

async function readSeekers(
  draft: TurnDraft,
  artifacts: ArtifactStore,
  book: ClaimBook,
  starts: readonly Startable[],
): Promise<Seeker[]> {
  const reader = new ClaimReader(draft, artifacts);
  const seekers: Seeker[] = [];
  for (const { task, item, attempt } of starts) {
    const ref = { task, item };
    const claim = await reader.read(ref).catch(onlyOurs);
    if (claim instanceof OrchestraError) reject(draft, ref, claim.message);
    else seekers.push(book.seeker(ref, attempt, claim));
  }
  return seekers;
}

/** What was answered about those whose tasks ask. */
async function answersFor(draft: TurnDraft, seekers: readonly Seeker[]): Promise<Answer[]> {
  const asking = seekers.filter(({ ref }) => onConflictOf(draft, ref) === 'ask');
  return asking.length === 0 ? [] : draft.turn.answers(asking);
}

function decideOn(draft: TurnDraft, book: ClaimBook, seeker: Seeker, answers: readonly Answer[]): Verdict {
  const ruling = book.judge(seeker);
  if (ruling.kind === 'go') return ruling;
  if (ruling.kind === 'never') return { kind: 'fail', why: deadlockWords(ruling.for) };
  const policy = onConflictOf(draft, seeker.ref);
  if (policy === 'wait') return { kind: 'wait', for: ruling.for };
  if (policy === 'refuse') return { kind: 'fail', why: `It needs ${ruling.for}, and its onConflict is "refuse".` };
  const question = book.question(seeker);
  const state = stateOfQuestion(question, answers);
  const { answer } = state;
  if (answer?.status === 'approved') {
    const hold = { resources: textsOfClaim(seeker.claim), inSpiteOf: question.inSpiteOf.join('; ') };
    return { kind: 'go', hold, approval: answer.id };
  }
  if (answer?.status !== 'rejected') return { kind: 'wait', for: ruling.for, ask: ask(question, state) };
  return { kind: 'fail', why: `It needs ${ruling.for}. To go ahead all the same was rejected (${answer.id}).` };
}

function onConflictOf({ loaded }: TurnDraft, { task }: RunRef): ConflictPolicy {
  return loaded.plan.tasks[taskAt(loaded.index, task).name]?.resources?.onConflict ?? 'wait';
}

function deadlockWords(blocker: string): string {
  return (
    `It would wait for ever: it needs ${blocker}, and that waits in turn for what the task has whose sub-plan this is. ` +
    'Let outer tasks name all that their sub-plans write and read.'
  );
}

function reject(draft: TurnDraft, ref: RunRef, error: string, reason?: 'conflict'): void {
  draft.errors.set(runKey(draft.loaded.index, ref), error);
  draft.apply(reason ? ['reject', ref.task, ref.item, reason] : ['reject', ref.task, ref.item]);
}

function onlyOurs(error: unknown): OrchestraError {
  if (error instanceof OrchestraError) return error;
  throw error;
}
