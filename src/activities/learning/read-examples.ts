import type { PlanStore } from '../../contracts/ports/plan-store';
import { OrchestraError } from '../../domain/errors';
import type { Example } from '../../domain/learning/insights/example';
import { examplesOf } from '../../domain/learning/insights/past-example';
import type { PastExample } from '../../domain/learning/insights/past-example';
import type { Task } from '../../domain/plan/plan';

export interface PlanReading {
  plans: PlanStore;
  /** Says that the activity is alive; throws where it is to end. */
  heartbeat(): void;
}

/** The attempts as examples, with what their plans say. */
export async function readExamples(
  workspace: string,
  attempts: readonly PastExample[],
  reading: PlanReading,
): Promise<Example[]> {
  const tasks = await tasksOf(workspace, attempts, reading);
  return examplesOf(attempts, ({ planHash }, task) => (planHash === null ? undefined : tasks.get(planHash)?.[task]));
}

/** The tasks of all plans, each read once. Plans that are gone are left out. */
async function tasksOf(
  workspace: string,
  attempts: readonly PastExample[],
  { plans, heartbeat }: PlanReading,
): Promise<Map<string, Record<string, Task>>> {
  const tasks = new Map<string, Record<string, Task>>();
  for (const hash of new Set(attempts.map(({ planHash }) => planHash))) {
    if (hash === null) continue;
    try {
      tasks.set(hash, (await plans.load(workspace, hash)).plan.tasks);
    } catch (error) {
      if (!(error instanceof OrchestraError) || error.code !== 'PLAN_NOT_FOUND') throw error;
    }
    heartbeat();
  }
  return tasks;
}
