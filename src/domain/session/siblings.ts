import type { PlanIndex } from './outline';
import { taskAt } from './outline';
import type { RunRef } from './run-key';
import { wholeTask } from './run-key';
import type { SessionState } from './state';
import { taskState } from './state';

/** The agents of the latest attempts of the other racers, who work with different ones; of any other run nobody. */
export function siblingAgents(index: PlanIndex, state: SessionState, { task, item }: RunRef): ReadonlySet<number> {
  if (item === wholeTask || taskAt(index, task).race === undefined) return new Set();
  const racers = taskState(state, task).items ?? [];
  // One that was left out may have had an agent before a retry.
  return new Set(racers.flatMap(({ status, agent }, at) => (at === item || status === 'skipped' ? [] : (agent ?? []))));
}
