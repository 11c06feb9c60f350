import type { ScheduleActivities } from '../contracts/protocol/scheduled-session';
import { OrchestraError, errorTable } from '../domain/errors';
import type { Installation } from './installation';
import { planDocuments } from './prepare-plan';

/** Writes the sessions that schedules start. */
export function scheduleActivities({ schedules, plans, clientOf }: Installation): ScheduleActivities {
  return {
    prepareScheduled: async ({ workspace, schedule, session }) => {
      const found = await schedules.find(workspace, schedule);
      if (!found) return { problem: `There is no schedule "${schedule}" any more.` };
      try {
        const { plan, hash } = await plans.load(workspace, found.planHash);
        const { inputs, baseDirectory } = found;
        const documents = planDocuments(plan);
        const options = { plan, hash, documents, baseDirectory, inputs, id: session };
        const { input } = await clientOf(workspace).prepare(options);
        await schedules.started(workspace, schedule, null);
        return { input, planName: plan.name };
      } catch (error) {
        // What can succeed later is tried again by Temporal.
        if (!(error instanceof OrchestraError) || errorTable[error.code].retryable) throw error;
        await schedules.started(workspace, schedule, error.message);
        return { problem: error.message };
      }
    },
  };
}
