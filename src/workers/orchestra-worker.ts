import type { DataConverter, WorkerDeploymentVersion } from '@temporalio/common';
import type { NativeConnection, Worker, WorkerOptions, WorkflowBundleOption } from '@temporalio/worker';
import type { AgentActivities, SessionActivities } from '../contracts/protocol/activities';
import type { ScheduleActivities } from '../contracts/protocol/scheduled-session';
import { asVersion } from './deployment-version';
import { LeanWorker } from './lean-worker';
import { OwnSession } from './own-session';

/** What a worker takes on: sessions, attempts of agents, or both. */
export interface WorkerDuties {
  /** Session workflows, with their turns as local activities, and with what writes the sessions that schedules start. */
  sessions?: { bundle: WorkflowBundleOption; activities: SessionActivities & Partial<ScheduleActivities> };
  /** One activity an attempt; `capacity`: attempts at once in this process; `heartbeatMs`: how often Temporal hears of each. */
  agents?: { activities: AgentActivities; capacity: number; heartbeatMs: number };
}

export interface OrchestraWorkerOptions extends WorkerDuties {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  dataConverter: DataConverter;
  /** What it is a version of; undefined for a worker that takes work whatever is current. */
  version?: WorkerDeploymentVersion | undefined;
}

/** Turns that a process takes at once, of as many sessions; the others wait for one to end. */
export const turnsAtOnce = 50;

/**
 * The Temporal worker of this process. Sessions and agents share a task queue: Temporal keeps its workflow tasks and its activity tasks
 * apart, and a worker that takes both gets the attempts of its own sessions without asking for them.
 */
export function createOrchestraWorker(options: OrchestraWorkerOptions): Promise<Worker> {
  const { connection, namespace, taskQueue, dataConverter, version, sessions, agents } = options;
  return LeanWorker.create({
    connection,
    namespace,
    taskQueue,
    dataConverter,
    ...asVersion(version),
    activities: { ...sessions?.activities, ...agents?.activities },
    ...(sessions && sessionOptions(sessions.bundle)),
    ...(agents ? agentOptions(agents) : { enableNonLocalActivities: false }),
    interceptors: {
      activity: [({ info }) => ({ inbound: new OwnSession(info.workflowExecution?.workflowId) })],
    },
    // Time to end agents and turns, and to store what they came to.
    shutdownGraceTime: '5s',
    shutdownForceTime: '30s',
  });
}

function agentOptions({ capacity, heartbeatMs }: { capacity: number; heartbeatMs: number }): Partial<WorkerOptions> {
  return {
    maxConcurrentActivityTaskExecutions: capacity,
    // By default the SDK holds heartbeats back until a fifth of the time is left in which the server gives the activity up.
    maxHeartbeatThrottleInterval: heartbeatMs,
  };
}

function sessionOptions(workflowBundle: WorkflowBundleOption): Partial<WorkerOptions> {
  return {
    workflowBundle,
    // The cache is counted, not weighed: a session of 10,000 runs holds about 2 MB.
    maxCachedWorkflows: 500,
    maxConcurrentLocalActivityExecutions: turnsAtOnce,
  };
}
