import type { WorkspaceClaims } from '../contracts/ports/conflict-store';
import type { Access } from '../domain/conflicts/claim';
import { blockerOf, compareWaiters } from '../domain/conflicts/conflict-line';
import type { RunName } from '../domain/conflicts/conflict-line';
import { openQuestion, waitWords } from '../domain/conflicts/conflict-words';

/** Who waits for resources in a workspace, and who went ahead all the same. */
export interface ConflictOverview {
  /** In the order of the line. */
  waiting: WaitingRun[];
  inSpite: (RunName & { inSpiteOf: string })[];
}

export interface WaitingRun extends RunName {
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
      const { session, run, since } = waiter;
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
      return { session, run, since, waitsFor: waitWords(found, approval), approval, blocker: blocker ?? null };
    }),
    inSpite: holders.flatMap(({ session, run, inSpiteOf }) =>
      inSpiteOf === null ? [] : [{ session, run, inSpiteOf }],
    ),
  };
}
