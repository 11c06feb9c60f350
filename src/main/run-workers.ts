import type { WorkflowBundleOption } from '@temporalio/worker';
import { createOrchestraWorker } from '../workers/orchestra-worker';
import { superviseWorker } from '../workers/supervise';
import { startAgentDuty } from './agent-duty';
import type { Duty } from './duty';
import type { Installation } from './installation';
import { messageOf } from './report';
import type { Report } from './report';
import { learningDuty } from './learning-duty';
import { startScheduledDuty } from './scheduled-duty';
import { startSessionDuty } from './session-duty';

/** `learning`: what outcomes teach, asked for by a schedule. */
export type WorkerRole = 'sessions' | 'agents' | 'learning';

export interface RunningWorkers {
  ready: Promise<void>;
  /** Ends agents and turns, and waits for them. */
  stop(): Promise<void>;
}

/** Runs the worker of this process for sessions and agents at once, and one for each scheduled duty. */
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
  const workers = [
    ...(duties.length === 0
      ? []
      : [
          superviseWorker(
            () => createOrchestraWorker({ connection, namespace, taskQueue: configuration.taskQueue, ...takenOn }),
            (error) => report(`Worker: ${messageOf(error)}`),
          ),
        ]),
    ...(roles.includes('learning') ? [startScheduledDuty(installation, learningDuty(installation), report)] : []),
  ];
  return {
    ready: Promise.all(workers.map(({ ready }) => ready)).then(() => undefined),
    stop: async () => {
      duties.forEach((duty) => duty.stopWork());
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all(duties.map((duty) => duty.close()));
    },
  };
}
