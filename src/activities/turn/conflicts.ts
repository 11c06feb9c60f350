import type { ArtifactStore } from '../../contracts/ports/artifact-store';
import type { ResourceHold } from '../../contracts/ports/turn-store';
import { compareWaiters } from '../../domain/conflicts/conflict-line';
import { OrchestraError } from '../../domain/errors';
import type { AgentGranted, SessionEvent } from '../../domain/session/events';
import { taskAt } from '../../domain/session/outline';
import type { Startable } from '../../domain/session/queue';
import { parseRunKey, runKey } from '../../domain/session/run-key';
import type { RunRef } from '../../domain/session/run-key';
import { findRun } from '../../domain/session/state';
import { ClaimBook } from './claim-book';
import type { Ruling, Seeker } from './claim-book';
import { ClaimReader } from './claim-reader';
import type { TurnDraft } from './turn-draft';

/** Runs that may start as far as resources go. */
export interface ClearedRuns {
  starts: readonly Startable[];
  /** What those have that need any, by run key. */
  holds: ReadonlyMap<string, ResourceHold>;
}

/** Lets those through that need nothing others have. The rest has joined the line for resources, or has failed. */
export async function clearConflicts(
  draft: TurnDraft,
  artifacts: ArtifactStore,
  starts: readonly Startable[],
): Promise<ClearedRuns> {
  const holds = new Map<string, ResourceHold>();
  const { index } = draft.loaded;
  const needsResources = ({ task }: RunRef): boolean => taskAt(index, task).resources === true;
  const claiming = starts.filter(needsResources);
  if (claiming.length === 0) return { starts, holds };
  const book = await openBook(draft);
  const seekers = book ? await readSeekers(draft, artifacts, book, claiming) : [];
  for (const seeker of seekers.sort(compareWaiters)) {
    // One that was refused can have ended others with it.
    if (!book || findRun(draft.state, seeker.ref)?.status !== 'queued') continue;
    const ruling = book.judge(seeker);
    if (ruling.kind === 'go') {
      book.noteHolder(seeker);
      holds.set(seeker.run, ruling.hold);
    } else if (ruling.kind === 'wait' && onConflictOf(draft, seeker.ref) === 'wait') {
      book.noteWaiter(seeker);
      draft.waitForResources(seeker.ref, seeker, ruling.for);
    } else {
      reject(draft, seeker.ref, refusalWords(ruling), 'conflict');
    }
  }
  return { starts: starts.filter((start) => !needsResources(start) || holds.has(runKey(index, start))), holds };
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
  const tryAgain: SessionEvent = { id: grant.id, type: 'turn-came', run: grant.run };
  const book = await openBook(draft);
  if (!book) return tryAgain;
  // Why what it needs cannot be told is said when it is tried again.
  const claim = await new ClaimReader(draft, artifacts).read(ref).catch(onlyOurs);
  if (claim instanceof OrchestraError) return tryAgain;
  const seeker = book.seeker(ref, grant.attempt, claim);
  const ruling = book.judge(seeker);
  if (ruling.kind !== 'go') return tryAgain;
  book.noteHolder(seeker);
  const { run, attempt, token } = grant;
  await draft.turn.holdResources({ run, attempt, token, ...ruling.hold });
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

function onConflictOf({ loaded }: TurnDraft, { task }: RunRef): 'wait' | 'refuse' {
  return loaded.plan.tasks[taskAt(loaded.index, task).name]?.resources?.onConflict ?? 'wait';
}

function refusalWords(ruling: Exclude<Ruling, { kind: 'go' }>): string {
  if (ruling.kind === 'wait') return `It needs ${ruling.for}, and its onConflict is "refuse".`;
  return (
    `It would wait for ever: it needs ${ruling.for}, and that waits in turn for what the task has whose sub-plan this is. ` +
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
