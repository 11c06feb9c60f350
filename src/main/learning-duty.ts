import { Context } from '@temporalio/activity';
import { learnOutcomes } from '../activities/learning/learn-outcomes';
import type { LearningActivities } from '../contracts/protocol/activities';
import { learningQueue } from '../contracts/protocol/queues';
import { createLearningStore } from '../stores/learning';
import type { Installation } from './installation';
import type { ScheduledDuty } from './scheduled-duty';

/** Turns outcomes into what is known of agents. */
export function learningDuty({ pool, plans, configuration }: Installation): ScheduledDuty {
  const learning = createLearningStore(pool);
  const activities: LearningActivities = {
    learnOutcomes: () =>
      learnOutcomes({
        learning,
        plans,
        heartbeat: () => {
          const context = Context.current();
          context.heartbeat();
          context.cancellationSignal.throwIfAborted();
        },
        now: Date.now,
      }),
  };
  return {
    name: 'Learning',
    workflow: 'learn',
    taskQueue: learningQueue(configuration.taskQueue),
    activities,
    everyMs: configuration.learningIntervalMs,
  };
}
