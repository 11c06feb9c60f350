import { createHash, randomUUID } from 'node:crypto';
import type { AttemptStore, BegunAttempt, Settlement } from '../contracts/ports/attempt-store';
import type { AttemptReport, Connectors } from '../contracts/ports/connector';
import type { AgentActivities, RunTaskInput, RunTaskResult } from '../contracts/protocol/activities';
import { maskSecrets } from '../domain/agents/mask-secrets';
import { compileCondition, evaluateCondition } from '../domain/expressions/condition';
import { OrchestraError } from '../domain/errors';
import { judge } from '../domain/judge';
import type { GateResult, Judgement } from '../domain/judge';
import type { Prices } from '../domain/usage/prices';
import type { Verdict } from '../domain/verdict';
import { prepareAttempt } from './attempt/attempt-request';
import type { PreparedAttempt, RequestSources } from './attempt/attempt-request';
import { needsPrices, pricedUsage } from './attempt/priced-usage';
import { startAttemptTimer } from './attempt/attempt-timer';
import { beatMs } from './attempt/running-attempts';
import type { RunningAttempt, RunningAttempts, StopCause } from './attempt/running-attempts';
import { untilStored } from './attempt/until-stored';

export interface AgentActivityDependencies extends RequestSources {
  attempts: AttemptStore;
  running: RunningAttempts;
  connectors: Connectors;
  /** What tokens cost in a workspace. */
  prices(workspace: string): Promise<Prices>;
  /** Heartbeat of the Temporal activity that calls it. */
  heartbeat(): () => void;
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
    return { ...base, endedAt, ...conclude(report, prepared, running.stopCause, prices) };
  } finally {
    stopTimer();
  }
}

type Conclusion = Omit<Settlement, 'attempt' | 'planName' | 'startedAt' | 'endedAt'>;

function conclude(
  report: AttemptReport,
  prepared: PreparedAttempt,
  stopCause: StopCause | undefined,
  prices: Prices,
): Conclusion {
  const { settled: usage, notes } = pricedUsage(report.usage, prices);
  const judgement = judge({ ...report, evidence: [...report.evidence, ...notes] }, gateResult(report, prepared));
  const conclusion =
    judgement.verdict !== 'succeeded' && stopCause !== undefined
      ? { ...usage, ...stopped(stopCause, prepared), evidence: judgement.evidence }
      : { ...usage, ...judged(judgement, report) };
  return withoutSecrets(conclusion, prepared.secrets);
}

/** What an agent printed may hold what it was trusted with. Its output is its own: tasks work with it. */
function withoutSecrets(conclusion: Conclusion, secrets: readonly string[]): Conclusion {
  if (secrets.length === 0) return conclusion;
  const { error, evidence } = conclusion;
  return {
    ...conclusion,
    ...(error !== undefined && { error: maskSecrets(error, secrets) }),
    evidence: evidence.map((one) => ({ ...one, detail: maskSecrets(one.detail, secrets) })),
  };
}

function judged(judgement: Judgement, report: AttemptReport): Conclusion {
  const { verdict, retryable, error, evidence } = judgement;
  return {
    verdict,
    retryable: verdict === 'succeeded' || retryable,
    evidence,
    ...(error !== null && { error }),
    ...(report.retryAfterMs !== undefined && { retryAfterMs: Math.round(report.retryAfterMs) }),
    ...(verdict === 'succeeded' && { output: outputOf(report) }),
  };
}

function stopped(cause: StopCause, { task }: PreparedAttempt): { verdict: Verdict; retryable: boolean; error: string } {
  switch (cause) {
    case 'timed-out':
      return {
        verdict: 'timed_out',
        retryable: true,
        error: `The attempt ran into its timeout of ${task.timeoutMs} ms and was stopped.`,
      };
    case 'cancelled':
      return { verdict: 'cancelled', retryable: true, error: 'The attempt was told to stop.' };
    case 'worker-stopping':
      return {
        verdict: 'cancelled',
        retryable: true,
        error: 'The worker that ran the attempt was shut down; it runs again elsewhere.',
      };
  }
}

function outputOf({ output }: AttemptReport): { hash: string; body: Buffer } {
  const body = Buffer.from(JSON.stringify(output));
  return { hash: createHash('sha256').update(body).digest('hex'), body };
}

function gateResult(report: AttemptReport, { task, scope }: PreparedAttempt): GateResult | undefined {
  if (!task.gate) return undefined;
  try {
    return {
      gate: task.gate,
      passed: evaluateCondition(compileCondition(task.gate.check), { ...scope, output: report.output }),
    };
  } catch (error) {
    if (!(error instanceof OrchestraError)) throw error;
    return { gate: task.gate, passed: false, detail: error.message };
  }
}

function resultOf(outcome: { verdict: Verdict; retryable: boolean; retryAfterMs?: number }): RunTaskResult {
  return {
    ran: true,
    verdict: outcome.verdict,
    ...(!outcome.retryable && { retryable: false }),
    ...(outcome.retryAfterMs !== undefined && { retryAfterMs: outcome.retryAfterMs }),
  };
}
