import type { AgentMemoryStore } from '../../contracts/ports/agent-memories';
import type { AttemptStore, Settlement } from '../../contracts/ports/attempt-store';
import type { AttemptReport, AttemptWork } from '../../contracts/ports/connector';
import type {
  AttemptRef,
  FailedWork,
  RemoteAgents,
  RemoteWork,
  SettledWork,
  WorkClaim,
} from '../../contracts/ports/remote-agents';
import type {
  ClaimedAttempt,
  HeldAttempt,
  RemoteAttempt,
  RemoteWorkStore,
} from '../../contracts/ports/remote-work-store';
import type { Tracing } from '../../contracts/ports/tracing';
import type { RunTaskInput } from '../../contracts/protocol/activities';
import { attemptMessage } from '../../contracts/protocol/attempt-message';
import type { AgentKey } from '../../domain/agents/agent';
import { attemptNotFound, attemptSuperseded } from '../../domain/agents/attempt-errors';
import { maskSecrets } from '../../domain/agents/mask-secrets';
import type { Prices } from '../../domain/usage/prices';
import { clipText } from '../../domain/clip-text';
import { OrchestraError } from '../../domain/errors';
import { attemptScope, givenBy, prepareRemoteWork } from '../attempt/attempt-request';
import type { PreparedWork, RequestSources } from '../attempt/attempt-request';
import { endRetries } from '../attempt/end-retries';
import type { RetrySources } from '../attempt/end-retries';
import { inputBytesOf } from '../attempt/input-bytes';
import { keepShared } from '../attempt/keep-shared';
import type { SharedStores } from '../attempt/keep-shared';
import { needsPrices, pricesFor, usageOf } from '../attempt/priced-usage';
import { conclude } from '../attempt/conclude';
import type { Conclusion } from '../attempt/conclude';
import type { StopCause } from '../attempt/stopper';
import { finishRemotely, settleRemotely } from './settle-attempt';
import type { SettleSources } from './settle-attempt';

export interface RemoteAgentDependencies
  extends RequestSources, SettleSources, SharedStores, Pick<RetrySources, 'evidence'> {
  attempts: Pick<AttemptStore, 'settle'>;
  memories: Pick<AgentMemoryStore, 'recall' | 'add'>;
  /** What tokens cost in a workspace. */
  prices(workspace: string): Promise<Prices>;
  remoteWork: RemoteWorkStore;
  tracing: Tracing;
  /** Milliseconds since 1970. */
  now(): number;
}

/** begin → run → judge → settle for agents that come for their work: claim begins, the agent runs, its report is judged and settled here. */
export function createRemoteAgents(dependencies: RemoteAgentDependencies): RemoteAgents {
  const { remoteWork, activities } = dependencies;
  return {
    claim: (agent, claim) => claimWork(dependencies, agent, claim),
    takeBack: (agent, delivery) => remoteWork.takeBack(agent, delivery),
    beat: (agent, attempts) => remoteWork.extend(agent, attempts.map(withoutTokens)),
    complete: (agent, attempt, { output, usage }) =>
      settle(dependencies, agent, attempt, {
        output,
        evidence: [{ kind: 'agent-report', says: 'succeeded', detail: 'completed' }],
        ...(usage && { usage }),
      }),
    fail: (agent, attempt, failure) =>
      settle(
        dependencies,
        agent,
        attempt,
        failureReport(failure),
        failure.reason === 'handed_back' ? 'worker-stopping' : undefined,
      ),
    close: () => activities.settled(),
  };
}

/** Progress is shown to whoever may read the session. */
function withoutTokens<Held extends HeldAttempt>(attempt: Held): Held {
  const { message } = attempt;
  return message === undefined ? attempt : { ...attempt, message: maskSecrets(message, []) };
}

async function claimWork(
  dependencies: RemoteAgentDependencies,
  agent: AgentKey,
  { claimId, delivery, max, repeated }: WorkClaim,
): Promise<RemoteWork[]> {
  const { remoteWork } = dependencies;
  const answer = { claimId, delivery };
  const before = repeated ? await remoteWork.claimed(agent, answer) : [];
  const claimed = before.length > 0 || max === 0 ? before : await remoteWork.claim(agent, answer, max);
  const works = await Promise.all(claimed.map((attempt) => handOver(dependencies, attempt)));
  return works.filter((work) => work !== undefined);
}

/** Where the work is of a trace, handing it over is the span that its agent goes on with. */
async function handOver(
  dependencies: RemoteAgentDependencies,
  claimed: ClaimedAttempt,
): Promise<RemoteWork | undefined> {
  const { input, agent } = claimed;
  const { trace, run, attempt } = input;
  if (trace === undefined) return prepare(dependencies, claimed);
  const attributes = { 'orchestra.agent': agent, 'orchestra.task': run, 'orchestra.attempt': attempt };
  const options = { kind: 'client' as const, parent: trace, attributes };
  return dependencies.tracing.inSpan('connector remote', options, async ({ traceparent = trace }) => {
    const work = await prepare(dependencies, claimed);
    return work && { ...work, traceparent };
  });
}

/** Undefined where a template cannot be rendered: the attempt has failed then, and nobody needs to see it. */
async function prepare(
  dependencies: RemoteAgentDependencies,
  { input, timeoutMs, ...begun }: ClaimedAttempt,
): Promise<RemoteWork | undefined> {
  try {
    const { work } = await prepareRemoteWork(dependencies, input, begun);
    const { workspace, session, run, attempt, token } = input;
    const { leaseMs } = begun;
    return { ...attemptMessage(work), workspace, session, task: run, attempt, token, timeoutMs, leaseMs };
  } catch (error) {
    if (!(error instanceof OrchestraError)) throw error;
    const at = dependencies.now();
    await settleRemotely(dependencies, {
      ...unrenderable(error),
      attempt: input,
      planName: begun.planName,
      startedAt: at,
      endedAt: at,
    });
    return undefined;
  }
}

function unrenderable(error: OrchestraError): Conclusion {
  return { verdict: 'failed', retryable: false, error: error.message, evidence: [] };
}

function failureReport({ error, reason, retryable, retryAfterMs, usage }: FailedWork): AttemptReport {
  const says = reason === 'rate_limited' ? 'rate_limited' : 'failed';
  return {
    output: null,
    evidence: [{ kind: 'agent-report', says, detail: clipText(error, 200) }],
    error: clipText(error),
    retryable,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(usage && { usage }),
  };
}

async function settle(
  dependencies: RemoteAgentDependencies,
  agent: AgentKey,
  ref: AttemptRef,
  report: AttemptReport,
  stopCause?: StopCause,
): Promise<SettledWork> {
  const { workspace, session, task: run, attempt, token } = ref;
  const input: RunTaskInput = { workspace, session, run, attempt, token };
  const found = await dependencies.remoteWork.find(agent, input);
  if (!found) throw attemptNotFound(ref);
  if (found.token !== token || found.begunAt === null) throw attemptSuperseded(ref);
  if (found.outcome && !found.outcome.lost) {
    // Settled before, by a process that died with the answer perhaps.
    await finishRemotely(dependencies, input);
    return { verdict: found.outcome.verdict };
  }
  const { outcome } = await settleRemotely(dependencies, {
    ...(await concludeRemotely(dependencies, input, found, report, stopCause)),
    attempt: input,
    planName: found.planName,
    startedAt: found.begunAt,
    endedAt: Math.max(found.begunAt, dependencies.now()),
  } satisfies Settlement);
  if (!outcome || outcome.lost) throw attemptSuperseded(ref);
  return { verdict: outcome.verdict };
}

async function concludeRemotely(
  dependencies: RemoteAgentDependencies,
  input: RunTaskInput,
  found: RemoteAttempt,
  report: AttemptReport,
  stopCause: StopCause | undefined,
): Promise<Conclusion> {
  try {
    const prepared = await judgingSources(dependencies, input, found);
    const usage = usageOf(report.usage, found.model);
    const prices = needsPrices(usage) ? await pricesOf(dependencies, input.workspace, found) : {};
    const cause = found.isCancelled ? 'cancelled' : stopCause;
    const noted = await keepShared(dependencies, input, found, prepared, { ...report, ...(usage && { usage }) });
    const conclusion = conclude(input.run, noted, prepared, cause, prices);
    return await endRetries(dependencies, input, prepared.task, conclusion);
  } catch (error) {
    if (!(error instanceof OrchestraError)) throw error;
    return unrenderable(error);
  }
}

async function pricesOf(
  { prices, agents }: RemoteAgentDependencies,
  workspace: string,
  { agentWorkspace, agent }: RemoteAttempt,
): Promise<Prices> {
  const { definition } = await agents.resolve({ workspace: agentWorkspace, name: agent });
  return pricesFor(definition.models ?? [], await prices(workspace));
}

/** What a gate sees, and what the task was given: the same as when the attempt was claimed, perhaps from another process. */
async function judgingSources(
  dependencies: RemoteAgentDependencies,
  input: RunTaskInput,
  found: RemoteAttempt,
): Promise<Omit<PreparedWork, 'work'> & { work: Pick<AttemptWork, 'input'> }> {
  const { task, scope } = await attemptScope(dependencies, input, found);
  const work = givenBy(task, scope);
  return { task, scope, secrets: [], work, inputBytes: inputBytesOf(work) };
}
