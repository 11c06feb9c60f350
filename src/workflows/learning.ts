import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, continueAsNew, proxyActivities, startChild, workflowInfo } from '@temporalio/workflow';
import type { LearningActivities } from '../contracts/protocol/activities';
import { learningQueue, miningId } from '../contracts/protocol/queues';

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
    if (!more) return startMining();
  }
  await continueAsNew();
}

/** A workflow of its own, one at a time: learning goes on while it mines. */
async function startMining(): Promise<void> {
  try {
    await startChild(mine, {
      workflowId: miningId(workflowInfo().taskQueue),
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Looks for insights once. What fails is tried again when outcomes were learnt next. */
export async function mine(): Promise<void> {
  const { mineInsights } = proxyActivities<LearningActivities>({
    taskQueue: learningQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '10m',
    heartbeatTimeout: '30s',
    retry: { initialInterval: '1s', maximumAttempts: 3 },
  });
  await mineInsights();
}
