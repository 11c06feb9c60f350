import type { InlineAttempts, KnownResults } from '../contracts/ports/inline-attempts';
import type { BegunAttempt, Settlement } from '../contracts/ports/attempt-store';
import type { RunTaskInput } from '../contracts/protocol/activities';
import { isInline } from '../domain/plan/inline';
import { runAttempt } from './attempt/run-attempt';
import type { AttemptDependencies, WatchedAttempt } from './attempt/run-attempt';
import { createStopper } from './attempt/stopper';

/** Runs short attempts in this process, at most `capacity` at once. */
export function createInlineAttempts(
  dependencies: AttemptDependencies,
  { capacity }: { capacity: number },
): InlineAttempts {
  let running = 0;

  async function run(
    input: RunTaskInput,
    attempt: BegunAttempt,
    stopper: WatchedAttempt,
    known: KnownResults,
  ): Promise<Settlement | undefined> {
    running += 1;
    try {
      const { upstream } = dependencies;
      const runs: typeof upstream.runs = async (workspace, session, tasks) =>
        known(tasks) ?? (await upstream.runs(workspace, session, tasks));
      const settlement = await runAttempt(
        { ...dependencies, upstream: { runs } },
        input,
        attempt,
        stopper,
        () => undefined,
      );
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
      const spec = plan.agents[agent];
      return spec !== undefined && isInline(task, spec);
    },
    begin: (input, attempt, known) => {
      if (running >= capacity) return undefined;
      // Nobody extends its lease, which has not begun, and nobody hears of its progress: it is over too soon.
      const stopper = Object.assign(createStopper(), { report: (): void => undefined });
      return { ended: run(input, attempt, stopper, known), giveUp: () => stopper.stop('worker-stopping') };
    },
  };
}
