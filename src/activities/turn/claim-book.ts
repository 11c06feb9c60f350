import type { ClaimsInTurn } from '../../contracts/ports/conflict-store';
import type { AttemptKey, ConflictQuestion, ResourceHold } from '../../contracts/ports/turn-store';
import { textsOfClaim } from '../../domain/conflicts/claim';
import type { Claim } from '../../domain/conflicts/claim';
import { blockerOf, blockersOf, waitsForItself } from '../../domain/conflicts/conflict-line';
import type { Waiter } from '../../domain/conflicts/conflict-line';
import { blockerWords } from '../../domain/conflicts/conflict-words';
import { policyOf } from '../../domain/session/outline';
import { parseRunKey, runKey } from '../../domain/session/run-key';
import type { RunRef } from '../../domain/session/run-key';
import { findRun } from '../../domain/session/state';
import type { TurnDraft } from './turn-draft';

/** A run that asks for resources. */
export interface Seeker extends Waiter, AttemptKey {
  ref: RunRef;
}

/** What becomes of it. */
export type Ruling = { kind: 'go'; hold: ResourceHold } | { kind: 'wait' | 'never'; for: string };

/**
 * Who has and who wants resources of the workspace, as the turn found it and has changed it. What others give back meanwhile is not seen: they
 * say so, and whoever waits in vain is woken when the turn is committed.
 */
export class ClaimBook {
  constructor(
    private readonly draft: TurnDraft,
    private readonly claims: ClaimsInTurn,
  ) {}

  seeker(ref: RunRef, attempt: number, claim: Claim): Seeker {
    const { loaded, state, turn } = this.draft;
    return {
      ref,
      session: turn.session.id,
      run: runKey(loaded.index, ref),
      attempt,
      claim,
      priority: policyOf(loaded.index, ref.task).priority,
      since: state.startedAt + (findRun(state, ref)?.queuedAt ?? 0),
      worksFor: this.claims.worksFor,
    };
  }

  judge(seeker: Seeker): Ruling {
    const { holders } = this.claims;
    const line = this.line();
    const resources = textsOfClaim(seeker.claim);
    const blocker = this.hasAlready(seeker) ? undefined : blockerOf(seeker, holders, line);
    if (!blocker) return { kind: 'go', hold: { resources } };
    const words = blockerWords(blocker);
    if (findRun(this.draft.state, seeker.ref)?.ignoresConflicts) {
      return { kind: 'go', hold: { resources, inSpiteOf: words } };
    }
    return { kind: waitsForItself(seeker, holders, line) ? 'never' : 'wait', for: words };
  }

  /** What somebody is asked to let it do. */
  question(seeker: Seeker): ConflictQuestion {
    const blockers = [...blockersOf(seeker, this.claims.holders, this.line())];
    const holders = blockers.filter(({ isRunning }) => isRunning);
    const { session, run, attempt, claim } = seeker;
    const inSpiteOf = (holders.length > 0 ? holders : blockers).map(blockerWords).sort();
    const { writes, reads } = textsOfClaim(claim);
    return { kind: 'conflict', session, run, attempt, needs: { writes: [...writes], reads: [...reads] }, inSpiteOf };
  }

  noteHolder(seeker: Seeker): void {
    this.claims.holders.push({ ...seeker, inSpiteOf: null });
  }

  noteWaiter(seeker: Seeker): void {
    this.claims.waiters.push({ ...seeker, ticket: 0, approval: null, isAnswered: false });
  }

  /** Takes back what was noted for runs that get no lease in spite of it. */
  dropHolders(runs: ReadonlySet<string>): void {
    const { id } = this.draft.turn.session;
    this.claims.holders = this.claims.holders.filter(({ session, run }) => session !== id || !runs.has(run));
  }

  /** An attempt that is in flight since before a reset of the workflow. */
  private hasAlready({ session, run, attempt }: Seeker): boolean {
    return this.claims.holders.some(
      (holder) => holder.session === session && holder.run === run && holder.attempt === attempt,
    );
  }

  /** Without those of this session that have left it in this turn. */
  private line(): Waiter[] {
    const { loaded, state, turn } = this.draft;
    return this.claims.waiters.filter(({ session, run }) => {
      if (session !== turn.session.id) return true;
      const ref = parseRunKey(loaded.index, run);
      const now = ref && findRun(state, ref);
      return now?.status === 'waiting' && now.reason === 'conflict';
    });
  }
}
