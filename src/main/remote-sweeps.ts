import { sweepRemoteWork, sweepSlowly } from '../activities/remote/sweep-remote-work';
import type { RemoteSweepDependencies } from '../activities/remote/sweep-remote-work';
import { createAttemptStore } from '../stores/attempts';
import { createRemoteSweepStore } from '../stores/remote-sweep';
import { createRemoteWorkStore } from '../stores/remote-work';
import { repeat } from '../workers/repeat';
import type { Repeated } from '../workers/repeat';
import { createActivityCompleter } from './complete-activities';
import type { Installation } from './installation';
import { createOpenActivities } from './open-activities';

const sweepMs = 1_000;
const slowSweepMs = 10_000;

/** Looks after attempts of remote agents that nobody looks after. */
export function startRemoteSweeps(
  { pool, configuration, temporal }: Installation,
  signal: RemoteSweepDependencies['signal'],
  onError: (error: unknown) => void,
): Repeated {
  const dependencies: RemoteSweepDependencies = {
    sweeps: createRemoteSweepStore(pool),
    open: createOpenActivities(temporal, Date.now),
    attempts: createAttemptStore(pool, { retentionDays: configuration.retentionDays }),
    remoteWork: createRemoteWorkStore(pool),
    activities: createActivityCompleter(temporal, onError),
    signal,
    now: Date.now,
  };
  const often = repeat(sweepMs, () => sweepRemoteWork(dependencies), onError);
  // A worker offers what it has taken within milliseconds. One that is only behind is given time: to take its work from it would put it further behind.
  const offerMs = 2 * configuration.leaseMs;
  const seldom = repeat(slowSweepMs, () => sweepSlowly(dependencies, offerMs), onError);
  return {
    stop: async () => {
      await Promise.all([often.stop(), seldom.stop()]);
      await dependencies.activities.settled();
    },
  };
}
