import { createSessionActivities } from '../../src/activities/commit-turn';
import { createFirstTurns } from '../../src/activities/first-turns';
import { createOutcomeTurns } from '../../src/activities/outcome-turns';
import { StartedTurns } from '../../src/activities/turn/started-turns';
import { LastTurns } from '../../src/activities/turn/last-turns';
import { chainPlan } from './chain-plan';
import { SessionDriver } from './session-driver';
import { testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

/** The starts, the turns and the attempts of one process. */
export function openOneProcess(stores: TestStores, turns = stores.turns) {
  const { plans, artifacts, directory } = stores;
  const last = new LastTurns();
  const started = new StartedTurns();
  const work = { turns, plans, artifacts, directory, last, started, tellParent: () => undefined };
  const activities = createSessionActivities(work);
  const traced = <Result>(_: unknown, take: () => Promise<Result>): Promise<Result> => take();
  const { take } = createOutcomeTurns({ ...work, traced });
  const first = createFirstTurns({ ...work, traced });
  const open = async (plan = chainPlan): Promise<SessionDriver> =>
    new SessionDriver(activities, testWorkspace, (await stores.addSession(plan)).id);
  return { activities, take, open, takeFirst: first.take };
}
