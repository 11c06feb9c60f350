import { randomUUID } from 'node:crypto';
import { CompleteAsyncError } from '@temporalio/activity';
import type { AgentMemoryStore } from '../contracts/ports/agent-memories';
import type { AttemptStore, BegunAttempt, Settlement } from '../contracts/ports/attempt-store';
import type { Connectors } from '../contracts/ports/connector';
import type { RemoteWorkStore } from '../contracts/ports/remote-work-store';
import type { AgentActivities, RunTaskInput, RunTaskResult } from '../contracts/protocol/activities';
import { maskSecrets } from '../domain/agents/mask-secrets';
import { OrchestraError } from '../domain/errors';
import type { Prices } from '../domain/usage/prices';
import { prepareAttempt, taskOfRun } from './attempt/attempt-request';
import type { PreparedAttempt, RequestSources } from './attempt/attempt-request';
import { conclude } from './attempt/conclude';
import { keepShared } from './attempt/keep-shared';
import type { SharedStores } from './attempt/keep-shared';
import { needsPrices } from './attempt/priced-usage';
import { startAttemptTimer } from './attempt/attempt-timer';
import { beatMs } from './attempt/running-attempts';
import { resultOf } from './attempt/run-task-result';
import type { RunningAttempt, RunningAttempts } from './attempt/running-attempts';
import { untilStored } from './attempt/until-stored';

export interface AgentActivityDependencies extends RequestSources, SharedStores {
  attempts: AttemptStore;
  memories: Pick<AgentMemoryStore, 'recall' | 'add'>;
  running: RunningAttempts;
  connectors: Connectors;
  /** Attempts of agents that come for them. */
  remoteWork: Pick<RemoteWorkStore, 'offer'>;
  /** What tokens cost in a workspace. */
  prices(workspace: string): Promise<Prices>;
  /** Heartbeat of the Temporal activity that calls it. */
  heartbeat(): () => void;
  /** By which the activity that calls it can be completed later, by anybody. */
  taskToken(): Uint8Array;
  /** Milliseconds since 1970. */
  now(): number;
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
    await untilStored(() => dependencies.attempts.settle(settlement), heartbeat);
    return resultOf(settlement);
  } finally {
    clearInterval(beat);
    running.end();
  }
}

/** Its agent comes for it, and is told then what to do. */
async function offer(
  { plans, remoteWork, taskToken }: AgentActivityDependencies,
  input: RunTaskInput,
  { planHash }: Pick<BegunAttempt, 'planHash'>,
  heartbeat: () => void,
): Promise<void> {
  const token = taskToken();
  const { plan } = await untilStored(() => plans.load(input.workspace, planHash), heartbeat);
  const task = taskOfRun(plan, input.run);
  await untilStored(() => remoteWork.offer(input, token, task.timeoutMs), heartbeat);
}

async function runAttempt(
  dependencies: AgentActivityDependencies,
  input: RunTaskInput,
  begun: BegunAttempt,
  running: RunningAttempt,
  heartbeat: () => void,
): Promise<Settlement> {
  const startedAt = dependencies.now();
  const base = { attempt: input, planName: begun.planName, startedAt };
  let prepared: PreparedAttempt;
  try {
    prepared = await untilStored(() => prepareAttempt(dependencies, input, begun), heartbeat);
  } catch (error) {
    if (!(error instanceof OrchestraError)) throw error;
    return {
      ...base,
      endedAt: dependencies.now(),
      verdict: 'failed',
      retryable: false,
      error: error.message,
      evidence: [],
    };
  }
  const stopTimer = startAttemptTimer(prepared.task.timeoutMs, () => running.stop('timed-out'));
  try {
    const { request } = prepared;
    const report = await dependencies.connectors[request.agent.connector].run(request, {
      signal: running.signal,
      progress: ({ message, ...progress }) =>
        running.report({
          ...progress,
          ...(message !== undefined && { message: maskSecrets(message, prepared.secrets) }),
        }),
    });
    const endedAt = dependencies.now();
    const prices = needsPrices(report.usage)
      ? await untilStored(() => dependencies.prices(input.workspace), heartbeat)
      : {};
    const noted = await untilStored(() => keepShared(dependencies, input, begun, prepared, report), heartbeat);
    return { ...base, endedAt, ...conclude(noted, prepared, running.stopCause, prices) };
  } finally {
    stopTimer();
  }
}
