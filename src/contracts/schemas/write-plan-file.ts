import type { ConnectorSpec, CostRates } from '../../domain/agents/agent';
import { usdOf } from '../../domain/budget/amounts';
import type { Amounts } from '../../domain/budget/amounts';
import { formatDuration } from '../../domain/duration';
import type { JsonObject } from '../../domain/json';
import { taskOfAnonymousAgent } from '../../domain/plan/names';
import type { Plan, SimulatedLatency, Task } from '../../domain/plan/plan';

/**
 * A plan as a plan file again, with every default written out and sub-plans embedded: what it means does not change when a later version has
 * other defaults. planFileSchema reads it back as the same plan.
 */
export function writePlanFile(plan: Plan): JsonObject {
  const named = Object.entries(plan.agents).filter(([name]) => taskOfAnonymousAgent(name) === undefined);
  return defined({
    version: 1,
    name: plan.name,
    description: plan.description,
    inputs: mapValues(plan.inputs, (spec) => defined({ ...spec })),
    concurrency: plan.concurrency,
    timeout: durationOf(plan.timeoutMs),
    budget: writeAmounts(plan.budget),
    agents: mapValues(Object.fromEntries(named), writeAgent),
    tasks: mapValues(plan.tasks, (task) => writeTask(task, plan)),
    outputs: plan.outputs,
  });
}

function writeTask(task: Task, plan: Plan): JsonObject {
  return defined({
    needs: task.needs,
    ...writeWork(task, plan),
    if: task.condition,
    forEach: task.forEach,
    maxParallel: task.maxParallel,
    priority: task.priority,
    taskTimeout: durationOf(task.taskTimeoutMs),
    ...writePolicies(task),
    gate: task.gate && { ...task.gate },
    budget: writeAmounts(task.budget),
    reserve: writeAmounts(task.reserve),
    ...writeResources(task),
    type: task.type,
    complexity: task.complexity,
    insights: task.insights,
    inline: task.inline,
    quality: task.quality && { ...task.quality },
    learned: task.learned,
  });
}

/** How a task behaves where it fails or hangs. */
export function writePolicies(
  task: Pick<Task, 'timeoutMs' | 'retry' | 'onFailure' | 'fallback' | 'onBudget'>,
): JsonObject {
  return {
    timeout: formatDuration(task.timeoutMs),
    retry: {
      attempts: task.retry.attempts,
      initialInterval: formatDuration(task.retry.initialIntervalMs),
      backoff: task.retry.backoff,
      maxInterval: formatDuration(task.retry.maxIntervalMs),
      jitter: task.retry.jitter,
    },
    onFailure: task.fallback === undefined ? task.onFailure : { fallback: task.fallback, then: task.onFailure },
    onBudget: task.onBudget,
  };
}

/** Nothing where there are none: the versions of plans that are older than this key stay the same. */
function writeResources({ resources }: Task): Record<string, JsonObject[string] | undefined> {
  if (!resources) return {};
  const { writes, reads, onConflict } = resources;
  return { writes: writes.length > 0 ? writes : undefined, reads: reads.length > 0 ? reads : undefined, onConflict };
}

function writeWork({ work }: Task, plan: Plan): Record<string, JsonObject[string] | undefined> {
  if (work.kind === 'plan') return { plan: writePlanFile(work.plan), directory: work.directory, inputs: work.inputs };
  const { agent, prompt, input, remember } = work;
  if (!('name' in agent)) return { agent: { ...agent }, prompt, input, remember };
  const spec = taskOfAnonymousAgent(agent.name) === undefined ? undefined : plan.agents[agent.name];
  if (spec?.connector === 'command') return { run: spec.command, output: spec.output };
  if (spec?.connector === 'transform') return { transform: spec.output };
  return { agent: agent.name, prompt, input, remember };
}

function writeAmounts(amounts: Amounts | undefined): JsonObject | undefined {
  if (!amounts) return undefined;
  const { costMicros, timeMs, ...others } = amounts;
  return defined({
    ...(costMicros !== undefined && { costUsd: usdOf(costMicros) }),
    ...others,
    time: durationOf(timeMs),
  });
}

/** An agent, or only its connector, as it is written in a file. */
export function writeAgent({ cost, ...agent }: ConnectorSpec & { cost?: CostRates }): JsonObject {
  const common = { cost: cost && { ...cost } };
  if (agent.connector !== 'simulated') return defined({ ...agent, ...common });
  return defined({
    ...agent,
    ...common,
    latency: writeLatency(agent.latency),
    usage: agent.usage && { ...agent.usage },
  });
}

function writeLatency(latency: SimulatedLatency): string | JsonObject {
  switch (latency.kind) {
    case 'fixed':
      return formatDuration(latency.ms);
    case 'uniform':
      return { min: formatDuration(latency.minMs), max: formatDuration(latency.maxMs) };
    case 'log-normal':
      return { median: formatDuration(latency.medianMs), p90: formatDuration(latency.p90Ms) };
  }
}

function durationOf(durationMs: number | undefined): string | undefined {
  return durationMs === undefined ? undefined : formatDuration(durationMs);
}

function mapValues<Value>(record: Record<string, Value>, write: (value: Value) => JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, write(value)]));
}

function defined(record: Record<string, JsonObject[string] | undefined>): JsonObject {
  const entries = Object.entries(record).filter(
    (entry): entry is [string, JsonObject[string]] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}
