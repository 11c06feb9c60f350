import type { Settlement } from '../contracts/ports/attempt-store';
import type { AttemptKey, NewLease, StoredOutcome } from '../contracts/ports/turn-store';

/**
 * Leases that turns of this process have taken one after the other and that nobody else cares about: their agents are of the plan, they count against no account,
 * and hold no resources. So what their attempts came to need not be settled before the turn decides, and is stored together with whether the turn has accepted it.
 */
export class PlainLeases {
  private readonly settledByKey = new Map<string, Settlement>();
  private readonly taken: string[] = [];

  /** `before`: those that the turns before have left open, as `run/attempt`. */
  constructor(private readonly before: ReadonlySet<string>) {}

  /** False where not all are plain: they are to be settled at once. */
  settle(settlements: readonly Settlement[]): boolean {
    if (!settlements.every(({ attempt }) => this.before.has(attemptKeyOf(attempt)))) return false;
    for (const one of settlements) this.settledByKey.set(attemptKeyOf(one.attempt), one);
    return true;
  }

  /** What this turn is to store. */
  get settled(): readonly Settlement[] {
    return [...this.settledByKey.values()];
  }

  /** Of an attempt that this turn settles: the database does not know of it yet. */
  outcomeOf(attempt: AttemptKey): StoredOutcome | undefined {
    const settled = this.settledByKey.get(attemptKeyOf(attempt));
    if (!settled) return undefined;
    const { verdict, retryable, retryAfterMs, output, error } = settled;
    return {
      run: attempt.run,
      attempt: attempt.attempt,
      verdict,
      lost: false,
      isAccepted: false,
      retryable,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(output && { outputHash: output.hash }),
      ...(error !== undefined && { error }),
    };
  }

  noteTaken(leases: readonly NewLease[]): void {
    this.taken.push(...leases.filter(isPlain).map(attemptKeyOf));
  }

  /** Those that the next turn begins with. */
  leftOpen(): ReadonlySet<string> {
    const open = new Set([...this.before, ...this.taken]);
    for (const key of this.settledByKey.keys()) open.delete(key);
    return open;
  }
}

/** The lease of a child session is settled by that one. */
function isPlain({ agentWorkspace, accounts, resources, grantMs }: NewLease): boolean {
  return agentWorkspace === undefined && accounts?.length === 0 && resources === undefined && grantMs !== null;
}

/** Within its session. */
export function attemptKeyOf({ run, attempt }: AttemptKey): string {
  return `${run}/${attempt}`;
}
