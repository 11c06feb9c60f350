import type { InlineAttempts, InlinePatience, KnownResults } from '../contracts/ports/inline-attempts';
import type { BegunAttempt, Settlement } from '../contracts/ports/attempt-store';
import type { UpstreamReader } from '../contracts/ports/upstream-reader';
import type { RunTaskInput } from '../contracts/protocol/activities';
import { isInline } from '../domain/plan/inline';
import { runAttempt } from './attempt/run-attempt';
import type { AttemptDependencies, WatchedAttempt } from './attempt/run-attempt';
import { createStopper } from './attempt/stopper';
import { createSharedPlaces } from './shared-places';

export interface InlineLimits {
  /** Attempts at once, of all sessions. */
  capacity: number;
  /** Sessions that may run ahead at once before each of them has to be brief. */
  crowd: number;
}

/** What a session may take where few run ahead. */
const calm: InlinePatience = { turnsMs: 2_000, attemptMs: 2_000 };

/** … where many do. Twice what an attempt takes that evidence calls short; see domain/learning/learned-place.ts. */
const brief: InlinePatience = { turnsMs: 100, attemptMs: 500 };

/** Runs short attempts in this process, so that no session keeps the others out of it. */
export function createInlineAttempts(
  dependencies: AttemptDependencies,
  { capacity, crowd }: InlineLimits,
): InlineAttempts {
  const places = createSharedPlaces(capacity);
  let sessionsAhead = 0;

  async function run(
    input: RunTaskInput,
    attempt: BegunAttempt,
    stopper: WatchedAttempt,
    { known, giveBack }: { known: KnownResults; giveBack(): void },
  ): Promise<Settlement | undefined> {
    const upstream: UpstreamReader = {
      runs: async (workspace, session, tasks) =>
        known(tasks) ?? (await dependencies.upstream.runs(workspace, session, tasks)),
    };
    try {
      const settlement = await runAttempt({ ...dependencies, upstream }, input, attempt, stopper, () => undefined);
      // One that ended all the same before it heard of it is done.
      const isGivenUp = settlement.verdict === 'cancelled' && stopper.stopCause === 'worker-stopping';
      return isGivenUp ? undefined : settlement;
    } catch {
      // A fault of ours: the worker that it goes to now tells of it.
      return undefined;
    } finally {
      giveBack();
    }
  }

  return {
    takes: (plan, task, agent) => {
      const spec = plan.agents[agent];
      return spec !== undefined && isInline(task, spec);
    },
    begin: (input, attempt, known) => {
      const giveBack = places.take(`${input.workspace}/${input.session}`);
      if (!giveBack) return undefined;
      // Nobody extends its lease, which has not begun, and nobody hears of its progress: it is over too soon.
      const stopper = Object.assign(createStopper(), { report: (): void => undefined });
      return {
        ended: run(input, attempt, stopper, { known, giveBack }),
        giveUp: () => stopper.stop('worker-stopping'),
        stop: () => stopper.stop('cancelled'),
      };
    },
    enter: () => {
      sessionsAhead += 1;
      return () => void (sessionsAhead -= 1);
    },
    patience: () => (sessionsAhead > crowd ? brief : calm),
  };
}
