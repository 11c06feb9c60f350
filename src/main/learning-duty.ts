import { Context } from '@temporalio/activity';
import { learnOutcomes } from '../activities/learning/learn-outcomes';
import { forecastSessions } from '../activities/forecast-sessions';
import { mineInsights } from '../activities/learning/mine-insights';
import type { LearningActivities } from '../contracts/protocol/activities';
import { learningQueue } from '../contracts/protocol/queues';
import { createForecastStore } from '../stores/forecasts';
import { createInsightMiningStore } from '../stores/insight-mining';
import { createLearningStore } from '../stores/learning';
import type { Installation } from './installation';
import type { ScheduledDuty } from './scheduled-duty';

/** Turns outcomes into what is known of agents, into insights, and into forecasts of the sessions that are open. */
export function learningDuty({ pool, plans, configuration }: Installation): ScheduledDuty {
  const learning = createLearningStore(pool);
  const mining = createInsightMiningStore(pool);
  const forecasts = createForecastStore(pool);
  const activities: LearningActivities = {
    learnOutcomes: () => learnOutcomes({ learning, plans, heartbeat, now: Date.now }),
    mineInsights: () => mineInsights({ mining, plans, heartbeat }),
    forecastSessions: () => forecastSessions({ forecasts, plans, heartbeat }),
  };
  return {
    name: 'Learning',
    workflow: 'learn',
    taskQueue: learningQueue(configuration.taskQueue),
    activities,
    everyMs: configuration.learningIntervalMs,
  };
}

/** Of the activity that calls it; throws where it was cancelled. */
function heartbeat(): void {
  const context = Context.current();
  context.heartbeat();
  context.cancellationSignal.throwIfAborted();
}
