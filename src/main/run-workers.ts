import type { WorkflowBundleOption } from '@temporalio/worker';
import { createOrchestraWorker } from '../workers/orchestra-worker';
import { superviseWorker } from '../workers/supervise';
import { startAgentDuty } from './agent-duty';
import type { Duty } from './duty';
import type { Installation } from './installation';
import { messageOf } from './report';
import type { Report } from './report';
import { healthDuty } from './health-duty';
import { learningDuty } from './learning-duty';
import { reportProcess } from './report-process';
import { startScheduledDuty } from './scheduled-duty';
import { startSessionDuty } from './session-duty';

/** `learning`: what outcomes teach; `health`: looks at everything. Both are asked for by schedules. */
export type WorkerRole = 'sessions' | 'agents' | 'learning' | 'health';

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
  const { connection, addresses, configuration, payloads } = installation;
  const { namespace } = addresses.temporal;
  const sessions = roles.includes('sessions')
    ? startSessionDuty(installation, bundle, hostEnvironment, report)
    : undefined;
  const duties: Duty[] = sessions ? [sessions] : [];
  if (roles.includes('agents'))
    duties.push(startAgentDuty(installation, hostEnvironment, report, { outcomeTurns: sessions?.outcomeTurns }));
  const takenOn = Object.assign({}, ...duties.map(({ takesOn }) => takesOn)) as Duty['takesOn'];
  const scheduled = [
    ...(roles.includes('learning') ? [learningDuty(installation)] : []),
    ...(roles.includes('health') ? [healthDuty(installation, hostEnvironment, report)] : []),
  ].map((duty) => startScheduledDuty(installation, duty, report));
  const needed =
    duties.length === 0
      ? scheduled
      : [
          superviseWorker(
            () =>
              createOrchestraWorker({
                connection,
                namespace,
                taskQueue: configuration.taskQueue,
                dataConverter: payloads.converter,
                version: configuration.version,
                ...takenOn,
              }),
            (error) => report(`Worker: ${messageOf(error)}`),
          ),
        ];
  const workers = new Set([...needed, ...scheduled]);
  const reporter = reportProcess(installation, roles, report);
  return {
    // Sessions do not wait for what is scheduled, not even where the server takes no schedules.
    ready: Promise.all([...needed.map(({ ready }) => ready), ...duties.map(({ warm }) => warm)]).then(() => undefined),
    stop: async () => {
      duties.forEach((duty) => duty.stopWork());
      await reporter.stop();
      await Promise.all([...workers].map((worker) => worker.stop()));
      await Promise.all(duties.map((duty) => duty.close()));
    },
  };
}
