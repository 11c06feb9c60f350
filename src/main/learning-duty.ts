import { Context } from '@temporalio/activity';
import { learnOutcomes } from '../activities/learning/learn-outcomes';
import { mineInsights } from '../activities/learning/mine-insights';
import type { LearningActivities } from '../contracts/protocol/activities';
import { learningQueue } from '../contracts/protocol/queues';
import { createInsightMiningStore } from '../stores/insight-mining';
import { createLearningStore } from '../stores/learning';
import type { Installation } from './installation';
import type { ScheduledDuty } from './scheduled-duty';

/** Turns outcomes into what is known of agents, and into insights. */
export function learningDuty({ pool, plans, configuration }: Installation): ScheduledDuty {
  const learning = createLearningStore(pool);
  const mining = createInsightMiningStore(pool);
  const activities: LearningActivities = {
    learnOutcomes: () => learnOutcomes({ learning, plans, heartbeat, now: Date.now }),
    mineInsights: () => mineInsights({ mining, plans, heartbeat }),
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
