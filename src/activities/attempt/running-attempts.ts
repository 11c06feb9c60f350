import type { AttemptProgress } from '../../contracts/ports/connector';
import type { AttemptStore, LeaseExtension } from '../../contracts/ports/attempt-store';
import type { RunTaskInput } from '../../contracts/protocol/activities';
import { createStopper } from './stopper';
import type { StopCause, Stopper } from './stopper';

/** How often a lease is extended, and Temporal hears of its attempt: twice in vain, and there is still time. */
export const beatMs = (leaseMs: number): number => leaseMs / 3;

export interface RunningAttempt extends Stopper {
  report(progress: AttemptProgress): void;
  /** Its lease is no longer extended. */
  end(): void;
}

/** The attempts of one worker: extends their leases together and stops those whose leases are cancelled. */
export interface RunningAttempts {
  add(input: RunTaskInput, leaseMs: number): RunningAttempt;
  /** Looks at the leases now that may have been cancelled: of one session, or all. */
  check(session?: { workspace: string; session: string }): Promise<void>;
  /** Number of attempts that run. */
  readonly size: number;
  /** Stops all of them, and whatever is added later: the worker shuts down. */
  shutDown(): void;
}

interface Entry {
  lease: LeaseExtension;
  leaseMs: number;
  nextAt: number;
  stop(cause: StopCause): void;
}

export function createRunningAttempts(
  attempts: Pick<AttemptStore, 'extend'>,
  options: { onError: (error: unknown) => void; now?: () => number },
): RunningAttempts {
  const now = options.now ?? Date.now;
  const entries = new Map<number, Entry>();
  let armed: { timer: NodeJS.Timeout; at: number } | undefined;
  let shuttingDown = false;

  const extend = async (chosen: Entry[]): Promise<void> => {
    const groups = new Map<number, Entry[]>();
    for (const entry of chosen) {
      groups.set(entry.leaseMs, [...(groups.get(entry.leaseMs) ?? []), entry]);
      entry.nextAt = now() + beatMs(entry.leaseMs);
    }
    for (const [leaseMs, group] of groups) {
      try {
        const toStop = new Set(
          (
            await attempts.extend(
              group.map(({ lease }) => lease),
              leaseMs,
            )
          ).map(({ token }) => token),
        );
        for (const entry of group) if (toStop.has(entry.lease.token)) entry.stop('cancelled');
      } catch (error) {
        // The database is away: try again soon, so that the leases are extended as soon as it is back.
        for (const entry of group) entry.nextAt = now() + 500;
        options.onError(error);
      }
    }
    schedule();
  };

  const schedule = (): void => {
    let next = Infinity;
    for (const { nextAt } of entries.values()) next = Math.min(next, nextAt);
    if (next === Infinity || (armed && armed.at <= next)) return;
    clearTimeout(armed?.timer);
    const extendDue = (): void => {
      armed = undefined;
      const due = [...entries.values()].filter(({ nextAt }) => nextAt <= now() + 50);
      void extend(due);
    };
    armed = { at: next, timer: setTimeout(extendDue, Math.max(0, next - now())) };
    armed.timer.unref();
  };

  return {
    add: (input, leaseMs) => {
      const stopper = createStopper();
      const { stop } = stopper;
      const entry: Entry = { lease: { ...input }, leaseMs, nextAt: now() + beatMs(leaseMs), stop };
      entries.set(input.token, entry);
      if (shuttingDown) stop('worker-stopping');
      schedule();
      return Object.assign(stopper, {
        report: ({ percent, message }: AttemptProgress) => {
          if (percent !== undefined) entry.lease.percent = percent;
          if (message !== undefined) entry.lease.message = message;
        },
        end: () => void entries.delete(input.token),
      });
    },
    check: (only) =>
      extend(
        [...entries.values()].filter(
          ({ lease }) => !only || (lease.workspace === only.workspace && lease.session === only.session),
        ),
      ),
    get size() {
      return entries.size;
    },
    shutDown: () => {
      shuttingDown = true;
      entries.forEach((entry) => entry.stop('worker-stopping'));
    },
  };
}
