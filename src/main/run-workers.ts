import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { createSessionActivities } from '../activities/commit-turn';
import { createAgentActivities } from '../activities/run-task';
import { createRunningAttempts } from '../activities/attempt/running-attempts';
import { createConnectors } from '../connectors/create-connectors';
import { workflowIdOf } from '../contracts/protocol/ids';
import { sessionMessages } from '../contracts/protocol/session';
import { taskQueues } from '../contracts/protocol/task-queues';
import type { SessionEvent } from '../domain/session/events';
import { endProcessGroup } from '../processes/end-process-group';
import { startGuardian } from '../processes/guardian';
import { createAttemptStore } from '../stores/attempts';
import { createBackstopStore } from '../stores/backstop';
import { createTurnStore } from '../stores/turns';
import { createUpstreamReader } from '../stores/upstream';
import { createAgentWorker } from '../workers/agent-worker';
import { defaultIntervals, outcomeEvent, startBackstop } from '../workers/backstop';
import { listenForCancellations } from '../workers/cancellation-listener';
import { createSessionWorker } from '../workers/session-worker';
import { superviseWorker } from '../workers/supervise';
import type { Installation } from './installation';
import type { Report } from './report';

export type WorkerRole = 'sessions' | 'agents';

export interface RunningWorkers {
  ready: Promise<void>;
  /** Ends agents and turns, and waits for them. */
  stop(): Promise<void>;
}

/** Runs the workers of the roles in this process. */
export function runWorkers(
  installation: Installation,
  options: {
    roles: readonly WorkerRole[];
    bundle: WorkflowBundleOption;
    hostEnvironment: NodeJS.ProcessEnv;
    report: Report;
  },
): RunningWorkers {
  const started = options.roles.map((role) =>
    role === 'sessions'
      ? runSessionWorker(installation, options.bundle, options.report)
      : runAgentWorker(installation, options.hostEnvironment, options.report),
  );
  return {
    ready: Promise.all(started.map(({ ready }) => ready)).then(() => undefined),
    stop: async () => {
      await Promise.all(started.map((worker) => worker.stop()));
    },
  };
}

function runSessionWorker(installation: Installation, bundle: WorkflowBundleOption, report: Report): RunningWorkers {
  const { pool, turnPool, plans, artifacts, connection, configuration, temporal } = installation;
  const { namespace } = installation.addresses.temporal;

  const signal = async (workspace: string, session: string, events: SessionEvent[]): Promise<boolean> => {
    try {
      await temporal.workflow
        .getHandle(workflowIdOf(workspace, session))
        .signal<[SessionEvent[]]>(sessionMessages.events, events);
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  };
  const isOpen = async (workspace: string, session: string): Promise<boolean> => {
    try {
      const { status } = await temporal.workflow.getHandle(workflowIdOf(workspace, session)).describe();
      return status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  };

  const backstopStore = createBackstopStore(pool);
  const worker = superviseWorker(
    () =>
      createSessionWorker({
        connection,
        namespace,
        taskQueue: taskQueues(configuration.queuePrefix).sessions,
        bundle,
        activities: createSessionActivities({
          turns: createTurnStore(turnPool),
          plans,
          artifacts,
          tellParent: ({ workspace, parent }) => {
            if (!parent) return;
            // Best effort: what fails here is found by the backstop.
            void backstopStore
              .outcomeOf(workspace, parent.session, parent.run, parent.attempt)
              .then((outcome) => outcome && signal(workspace, parent.session, [outcomeEvent(outcome)]))
              .catch((error: unknown) => report(`Telling parent session ${parent.session}: ${messageOf(error)}`));
          },
        }),
      }),
    (error) => report(`Session worker: ${messageOf(error)}`),
  );
  const backstop = startBackstop(
    { store: backstopStore, artifacts, signal, isOpen, onError: quietly('Backstop', report) },
    { ...defaultIntervals, leaseGraceMs: configuration.leaseMs },
  );
  return {
    ready: worker.ready,
    stop: async () => {
      await worker.stop();
      await backstop.stop();
    },
  };
}

function runAgentWorker(
  installation: Installation,
  hostEnvironment: NodeJS.ProcessEnv,
  report: Report,
): RunningWorkers {
  const { pool, plans, artifacts, connection, configuration, addresses } = installation;
  const attempts = createAttemptStore(pool, { retentionDays: configuration.retentionDays });
  const running = createRunningAttempts(attempts, { onError: quietly('Leases', report) });
  const listener = listenForCancellations(addresses.databaseUrl, {
    onCancelled: (session) => void running.check(session),
    onError: quietly('Listening for cancellations', report),
  });
  const guardian = startGuardian();
  const activities = createAgentActivities({
    attempts,
    running,
    plans,
    artifacts,
    upstream: createUpstreamReader(pool),
    connectors: createConnectors({
      hostEnvironment,
      now: Date.now,
      processGroups: {
        watch: (pid) => guardian.watch({ pid, signal: 'SIGTERM', graceMs: 5_000 }),
        end: (pid, graceMs) => endProcessGroup(pid, { signal: 'SIGTERM', graceMs }),
      },
    }),
    heartbeat: () => {
      const context = Context.current();
      return () => context.heartbeat();
    },
    now: Date.now,
  });
  const worker = superviseWorker(
    () =>
      createAgentWorker({
        connection,
        namespace: addresses.temporal.namespace,
        taskQueue: taskQueues(configuration.queuePrefix).agents,
        activities,
        capacity: configuration.agentCapacity,
      }),
    (error) => report(`Agent worker: ${messageOf(error)}`),
  );
  return {
    ready: worker.ready,
    stop: async () => {
      running.shutDown();
      await worker.stop();
      await listener.stop();
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Says that something fails once, not every time that it is tried again. */
function quietly(what: string, report: Report): (error: unknown) => void {
  let lastMessage = '';
  return (error) => {
    const message = messageOf(error);
    if (message !== lastMessage) report(`${what}: ${message}`);
    lastMessage = message;
  };
}
