import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { LearningActivities } from '../contracts/protocol/activities';
import { learningQueue } from '../contracts/protocol/queues';

/** Each learns thousands of outcomes, and adds ten events to the history. */
const roundsOfRun = 100;

/** Learns all that there is to learn, and forecasts the sessions that are open. A schedule starts it again and again; while the learning workers are away, one of it waits for them. */
export async function learn(): Promise<void> {
  const { learnOutcomes, forecastSessions } = proxyActivities<LearningActivities>({
    taskQueue: learningQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '2m',
    heartbeatTimeout: '10s',
    retry: { initialInterval: '1s', maximumInterval: '1m' },
  });
  for (let round = 0; round < roundsOfRun; round++) {
    const [{ more }] = await Promise.all([learnOutcomes(), forecastSessions()]);
    if (!more) return;
  }
  await continueAsNew();
}
