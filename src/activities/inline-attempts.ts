import type { InlineAttempts } from '../contracts/ports/inline-attempts';
import type { BegunAttempt, Settlement } from '../contracts/ports/attempt-store';
import type { RunTaskInput } from '../contracts/protocol/activities';
import { isInline } from '../domain/plan/inline';
import { runAttempt } from './attempt/run-attempt';
import type { AttemptDependencies } from './attempt/run-attempt';
import type { StopCause } from './attempt/running-attempts';

/** Runs short attempts in this process, at most `capacity` at once. */
export function createInlineAttempts(
  dependencies: AttemptDependencies,
  { capacity }: { capacity: number },
): InlineAttempts {
  let running = 0;

  async function run(input: RunTaskInput, attempt: BegunAttempt, stopper: Stopper): Promise<Settlement | undefined> {
    running += 1;
    try {
      const settlement = await runAttempt(dependencies, input, attempt, stopper, () => undefined);
      // One that ended all the same before it heard of it is done.
      return settlement.verdict === 'cancelled' ? undefined : settlement;
    } catch {
      // A fault of ours: the worker that it goes to now tells of it.
      return undefined;
    } finally {
      running -= 1;
    }
  }

  return {
    takes: (plan, task, agent) => {
      const spec = agent === undefined ? undefined : plan.agents[agent];
      return spec !== undefined && isInline(task, spec);
    },
    begin: (input, attempt) => {
      if (running >= capacity) return undefined;
      const stopper = createStopper();
      return { ended: run(input, attempt, stopper), giveUp: () => stopper.stop('worker-stopping') };
    },
  };
}

type Stopper = ReturnType<typeof createStopper>;

/** Nobody extends its lease, which has not begun, and nobody hears of its progress: it is over too soon. */
function createStopper() {
  const controller = new AbortController();
  let stopCause: StopCause | undefined;
  return {
    signal: controller.signal,
    get stopCause() {
      return stopCause;
    },
    stop: (cause: StopCause): void => {
      stopCause ??= cause;
      controller.abort(cause);
    },
    report: (): void => undefined,
    end: (): void => undefined,
  };
}
