import { randomUUID } from 'node:crypto';
import { CompleteAsyncError } from '@temporalio/activity';
import type { AttemptStore, BegunAttempt, Settlement } from '../contracts/ports/attempt-store';
import type { RemoteWorkStore } from '../contracts/ports/remote-work-store';
import type { AgentActivities, NumberedTurn, RunTaskInput, RunTaskResult } from '../contracts/protocol/activities';
import { taskOfRun } from './attempt/attempt-request';
import { timeoutOf } from './attempt/conclude';
import { beatMs } from './attempt/running-attempts';
import { runAttempt } from './attempt/run-attempt';
import type { AttemptDependencies } from './attempt/run-attempt';
import { resultOf } from './attempt/run-task-result';
import type { RunningAttempts } from './attempt/running-attempts';
import { untilStored } from './attempt/until-stored';

export interface AgentActivityDependencies extends AttemptDependencies {
  attempts: AttemptStore;
  running: RunningAttempts;
  /** Attempts of agents that come for them. */
  remoteWork: Pick<RemoteWorkStore, 'offer'>;
  /** `OutcomeTurns.take` for the workflow run that waits for the activity which calls it, where turns are taken in this process. */
  takeTurnWith?: ((settlement: Settlement) => Promise<NumberedTurn | undefined>) | undefined;
  /** Heartbeat of the Temporal activity that calls it. */
  heartbeat(): () => void;
  /** By which the activity that calls it can be completed later, by anybody. */
  taskToken(): Uint8Array;
}

/** Activities of the agent workers. */
export function createAgentActivities(dependencies: AgentActivityDependencies): AgentActivities {
  return { runTask: (input) => runTask(dependencies, input) };
}

/** begin → run → judge → settle: see docs/architecture.md. Runs an attempt at most once, however often it is called. */
async function runTask(dependencies: AgentActivityDependencies, input: RunTaskInput): Promise<RunTaskResult> {
  // Of this call alone: a second call for the same attempt must not run it again, not even in the same process.
  const holder = randomUUID();
  const heartbeat = dependencies.heartbeat();
  const beginning = await untilStored(() => dependencies.attempts.begin(input, holder), heartbeat);
  if (beginning.kind === 'refused') return { ran: false };
  if (beginning.kind === 'settled') return resultOf(beginning);
  if (beginning.kind === 'remote') {
    await offer(dependencies, input, beginning.attempt, heartbeat);
    // Whoever settles the attempt completes the activity: until then it takes no place in this worker.
    throw new CompleteAsyncError();
  }
  const { attempt: begun } = beginning;
  const running = dependencies.running.add(input, begun.leaseMs);
  // Tells Temporal that the attempt lives; its lease says so to everybody else.
  const beat = setInterval(heartbeat, beatMs(begun.leaseMs));
  try {
    if (begun.isCancelled) running.stop('cancelled');
    const settlement = await runAttempt(dependencies, input, begun, running, heartbeat);
    const turn = begun.locksNothingShared && (await dependencies.takeTurnWith?.(settlement).catch(leaveToWorkflow));
    if (!turn) await untilStored(() => dependencies.attempts.settle(settlement), heartbeat);
    return { ...resultOf(settlement), ...(turn && { turn }) };
  } finally {
    clearInterval(beat);
    running.end();
  }
}

/** Whatever is wrong with a turn, who takes it for the workflow tells. */
const leaveToWorkflow = (): undefined => undefined;

/** Its agent comes for it, and is told then what to do. */
async function offer(
  { plans, remoteWork, taskToken }: AgentActivityDependencies,
  input: RunTaskInput,
  { planHash, ...terms }: Pick<BegunAttempt, 'planHash' | 'timeoutMs'>,
  heartbeat: () => void,
): Promise<void> {
  const token = taskToken();
  const { plan } = await untilStored(() => plans.load(input.workspace, planHash), heartbeat);
  const task = taskOfRun(plan, input.run);
  const { timeoutMs } = timeoutOf({ task, ...terms });
  await untilStored(() => remoteWork.offer(input, token, timeoutMs), heartbeat);
}
