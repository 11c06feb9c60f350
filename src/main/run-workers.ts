import type { WorkflowBundleOption } from '@temporalio/worker';
import { createOrchestraWorker } from '../workers/orchestra-worker';
import { superviseWorker } from '../workers/supervise';
import { startAgentDuty } from './agent-duty';
import type { Duty } from './duty';
import type { Installation } from './installation';
import { messageOf } from './report';
import type { Report } from './report';
import { startSessionDuty } from './session-duty';

export type WorkerRole = 'sessions' | 'agents';

export interface RunningWorkers {
  ready: Promise<void>;
  /** Ends agents and turns, and waits for them. */
  stop(): Promise<void>;
}

/** Runs the worker of this process, for all roles at once. */
export function runWorkers(
  installation: Installation,
  options: {
    roles: readonly WorkerRole[];
    bundle: WorkflowBundleOption;
    hostEnvironment: NodeJS.ProcessEnv;
    report: Report;
  },
): RunningWorkers {
  const { roles, bundle, hostEnvironment, report } = options;
  const { connection, addresses, configuration } = installation;
  const { namespace } = addresses.temporal;
  const duties: Duty[] = [];
  if (roles.includes('sessions')) duties.push(startSessionDuty(installation, bundle, report));
  if (roles.includes('agents')) duties.push(startAgentDuty(installation, hostEnvironment, report));
  const takenOn = Object.assign({}, ...duties.map(({ takesOn }) => takesOn)) as Duty['takesOn'];
  const worker = superviseWorker(
    () => createOrchestraWorker({ connection, namespace, taskQueue: configuration.taskQueue, ...takenOn }),
    (error) => report(`Worker: ${messageOf(error)}`),
  );
  return {
    ready: worker.ready,
    stop: async () => {
      duties.forEach((duty) => duty.stopWork());
      await worker.stop();
      await Promise.all(duties.map((duty) => duty.close()));
    },
  };
}
