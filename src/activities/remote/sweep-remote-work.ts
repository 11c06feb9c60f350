import type { OpenActivities } from '../../contracts/ports/open-activities';
import type { RemoteSweepStore, UnofferedAttempt } from '../../contracts/ports/remote-sweep-store';
import type { RunTaskInput } from '../../contracts/protocol/activities';
import { attemptUnstarted } from '../../contracts/protocol/attempt-events';
import type { SessionEvent } from '../../domain/session/events';
import { stopped } from '../attempt/conclude';
import { resultOf } from '../attempt/run-task-result';
import { settleRemotely } from './settle-attempt';
import type { SettleSources } from './settle-attempt';

export interface RemoteSweepDependencies extends SettleSources {
  sweeps: RemoteSweepStore;
  open: OpenActivities;
  /** Signals the session; false where its workflow is not open. */
  signal(workspace: string, session: string, events: SessionEvent[]): Promise<boolean>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Attempts that one sweep looks at. */
const perSweep = 500;

/** Ends what is with an agent for longer than its task allows, and takes back what nobody comes for. */
export async function sweepRemoteWork(dependencies: RemoteSweepDependencies): Promise<void> {
  const { sweeps } = dependencies;
  const timedOut = await sweeps.timedOut(perSweep);
  await Promise.all(
    timedOut.map(({ input, planName, begunAt, timeoutMs }) =>
      settleRemotely(dependencies, {
        ...stopped('timed-out', { timeoutMs }),
        attempt: input,
        planName,
        startedAt: begunAt,
        endedAt: dependencies.now(),
        evidence: [],
      }),
    ),
  );
  const unclaimed = await sweeps.takeUnclaimed(perSweep);
  await Promise.all(
    unclaimed.map(async ({ taskToken, ...attempt }) => {
      const { workspace, session } = attempt;
      const isTold = await dependencies.activities.complete({ taskToken, workspace, session }, { ran: false });
      if (!isTold) await signalUnstarted(dependencies, attempt);
    }),
  );
}

/** Sessions that one sweep asks Temporal about. */
const sessionsPerSweep = 5;

/** Tidies up after processes that died. A worker that has had an attempt for `offerMs` and has not offered it is one of them. */
export async function sweepSlowly(dependencies: RemoteSweepDependencies, offerMs: number): Promise<void> {
  const { sweeps, activities } = dependencies;
  for (const { taskToken, outcome, workspace, session } of await sweeps.takeOver(perSweep)) {
    // The session knows of a loss and of a withdrawal: its activity only ends.
    const isNews = outcome && !outcome.lost;
    if (taskToken)
      activities.completeSoon({ taskToken, workspace, session }, isNews ? resultOf(outcome) : { ran: false });
  }
  const unoffered = await sweeps.unoffered(offerMs, perSweep);
  const unstarted = [
    ...unoffered.filter(({ isOver }) => isOver),
    ...(await forgotten(dependencies, unoffered, offerMs)),
  ];
  await Promise.all(unstarted.map((attempt) => signalUnstarted(dependencies, attempt)));
}

/** Those that wait for a worker no more: one has taken them from Temporal. If it lives after all, it can offer them no more. */
async function forgotten(
  { open }: RemoteSweepDependencies,
  unoffered: readonly UnofferedAttempt[],
  offerMs: number,
): Promise<RunTaskInput[]> {
  const waiting = new Map(unoffered.filter(({ isOver }) => !isOver).map((attempt) => [attempt.token, attempt]));
  const sessions = new Map(
    [...waiting.values()].map(({ workspace, session }) => [`${workspace}/${session}`, { workspace, session }]),
  );
  const taken: RunTaskInput[] = [];
  for (const { workspace, session } of [...sessions.values()].slice(0, sessionsPerSweep)) {
    taken.push(...(await open.takenBefore(workspace, session, offerMs)));
  }
  return taken.filter(({ token }) => waiting.has(token));
}

async function signalUnstarted(
  { signal }: RemoteSweepDependencies,
  { workspace, session, run, attempt }: RunTaskInput,
): Promise<void> {
  await signal(workspace, session, [attemptUnstarted(run, attempt)]);
}
