import type { AgentMemoryStore } from '../../contracts/ports/agent-memories';
import type { BegunAttempt, Settlement } from '../../contracts/ports/attempt-store';
import type { Connectors } from '../../contracts/ports/connector';
import type { RunTaskInput } from '../../contracts/protocol/activities';
import { maskSecrets } from '../../domain/agents/mask-secrets';
import { OrchestraError } from '../../domain/errors';
import type { Prices } from '../../domain/usage/prices';
import { prepareAttempt } from './attempt-request';
import type { PreparedAttempt, RequestSources } from './attempt-request';
import { startAttemptTimer } from './attempt-timer';
import { conclude, timeoutOf } from './conclude';
import { endRetries } from './end-retries';
import type { RetrySources } from './end-retries';
import { keepShared } from './keep-shared';
import type { SharedStores } from './keep-shared';
import { needsPrices, pricesFor, usageOf } from './priced-usage';
import type { RunningAttempt } from './running-attempts';
import { untilStored } from './until-stored';

export interface AttemptDependencies extends RequestSources, SharedStores, Pick<RetrySources, 'evidence'> {
  memories: Pick<AgentMemoryStore, 'recall' | 'add'>;
  /** Those that this process has. */
  connectors: Partial<Connectors>;
  /** What tokens cost in a workspace. */
  prices(workspace: string): Promise<Prices>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Who runs an attempt may be told to stop it, and hears of its progress. */
export type WatchedAttempt = Pick<RunningAttempt, 'signal' | 'stopCause' | 'stop' | 'report'>;

/** Prepares an attempt, runs it and judges it. `heartbeat` is called while the database is away. */
export async function runAttempt(
  dependencies: AttemptDependencies,
  input: RunTaskInput,
  begun: BegunAttempt,
  running: WatchedAttempt,
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
  const judged = { ...prepared, ...(begun.timeoutMs !== undefined && { timeoutMs: begun.timeoutMs }) };
  const stopTimer = startAttemptTimer(timeoutOf(judged).timeoutMs, () => running.stop('timed-out'));
  try {
    const { request, task, models = [] } = prepared;
    const connector = dependencies.connectors[request.agent.connector];
    if (!connector) throw new RangeError(`this process has no connector ${request.agent.connector}`);
    const reported = await connector.run(request, {
      signal: running.signal,
      progress: ({ message, ...progress }) =>
        running.report({
          ...progress,
          ...(message !== undefined && { message: maskSecrets(message, prepared.secrets) }),
        }),
    });
    const endedAt = dependencies.now();
    const usage = usageOf(reported.usage, begun.model);
    const prices = needsPrices(usage)
      ? pricesFor(models, await untilStored(() => dependencies.prices(input.workspace), heartbeat))
      : {};
    const report = { ...reported, ...(usage && { usage }) };
    const noted = await untilStored(() => keepShared(dependencies, input, begun, prepared, report), heartbeat);
    const conclusion = conclude(input.run, noted, judged, running.stopCause, prices);
    return {
      ...base,
      endedAt,
      ...(await untilStored(() => endRetries(dependencies, input, task, conclusion), heartbeat)),
    };
  } finally {
    stopTimer();
  }
}
