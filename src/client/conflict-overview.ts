import type { WorkspaceClaims } from '../contracts/ports/conflict-store';
import type { Page } from '../contracts/ports/page';
import type { Access } from '../domain/conflicts/claim';
import { blockerOf, compareNames, compareWaiters } from '../domain/conflicts/conflict-line';
import type { RunName } from '../domain/conflicts/conflict-line';
import { openQuestion, waitWords } from '../domain/conflicts/conflict-words';

/** Who waits for resources in a workspace, and who went ahead all the same. */
export interface ConflictOverview {
  /** In the order of the line. */
  waiting: WaitingRun[];
  inSpite: HeedlessRun[];
}

/** A run that went ahead in spite of others, in words. */
export interface HeedlessRun extends RunName {
  inSpiteOf: string;
}

export interface WaitingRun extends RunName {
  /** 1 (most urgent) to 5. */
  priority: number;
  /** Milliseconds since 1970. */
  since: number;
  /** In words. */
  waitsFor: string;
  /** Of a question about it that is open: see `orchestra approvals`. */
  approval: string | null;
  /** Null where it may go, and its session has not heard of it yet. */
  blocker: (RunName & { needs: string; has: string; access: Access; isRunning: boolean }) | null;
}

export function conflictOverview({ holders, waiters }: WorkspaceClaims): ConflictOverview {
  return {
    waiting: [...waiters].sort(compareWaiters).map((waiter) => {
      const { session, run, priority, since } = waiter;
      const found = blockerOf(waiter, holders, waiters);
      const blocker = found && {
        session: found.session,
        run: found.run,
        needs: found.mine.text,
        has: found.theirs.text,
        access: found.theirAccess,
        isRunning: found.isRunning,
      };
      const approval = openQuestion(waiter);
      return {
        session,
        run,
        priority,
        since,
        waitsFor: waitWords(found, approval),
        approval,
        blocker: blocker ?? null,
      };
    }),
    inSpite: holders.flatMap(({ session, run, inSpiteOf }) =>
      inSpiteOf === null ? [] : [{ session, run, inSpiteOf }],
    ),
  };
}

/** What they are ordered by: those who wait as in their line, then those who went ahead by their names. */
type PlaceInConflicts = [wentAhead: number, priority: number, since: number, session: string, run: string];

export function placeOf(one: WaitingRun | HeedlessRun): PlaceInConflicts {
  return 'inSpiteOf' in one ? [1, 0, 0, one.session, one.run] : [0, one.priority, one.since, one.session, one.run];
}

/** A page of all of them. */
export function contestedIn(
  { waiting, inSpite }: ConflictOverview,
  { limit, after }: Page<PlaceInConflicts>,
): (WaitingRun | HeedlessRun)[] {
  return [...waiting, ...inSpite]
    .map((one) => ({ one, place: placeOf(one) }))
    .filter(({ place }) => !after || comparePlaces(place, after) > 0)
    .sort((left, right) => comparePlaces(left.place, right.place))
    .slice(0, limit)
    .map(({ one }) => one);
}

function comparePlaces(left: PlaceInConflicts, right: PlaceInConflicts): number {
  const names = compareNames(nameIn(left), nameIn(right));
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2] || names;
}

function nameIn([, , , session, run]: PlaceInConflicts): RunName {
  return { session, run };
}
