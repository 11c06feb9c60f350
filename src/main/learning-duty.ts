import { Context } from '@temporalio/activity';
import { learnOutcomes } from '../activities/learning/learn-outcomes';
import { forecastSessions } from '../activities/forecast-sessions';
import type { LearningActivities } from '../contracts/protocol/activities';
import { learningQueue } from '../contracts/protocol/queues';
import { createForecastStore } from '../stores/forecasts';
import { createLearningStore } from '../stores/learning';
import type { Installation } from './installation';
import type { ScheduledDuty } from './scheduled-duty';

/** Turns outcomes into what is known of agents, and into forecasts of the sessions that are open. */
export function learningDuty({ pool, plans, configuration }: Installation): ScheduledDuty {
  const learning = createLearningStore(pool);
  const forecasts = createForecastStore(pool);
  const activities: LearningActivities = {
    forecastSessions: () => forecastSessions({ forecasts, plans, heartbeat }),
    learnOutcomes: () =>
      learnOutcomes({
        learning,
        plans,
        heartbeat,
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

/** Of the activity that asks. */
function heartbeat(): void {
  const context = Context.current();
  context.heartbeat();
  context.cancellationSignal.throwIfAborted();
}
