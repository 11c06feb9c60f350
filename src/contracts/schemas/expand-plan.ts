import type { z } from 'zod';
import type { AgentSpec, AgentWork, Plan, PlanWork, Task, TaskResources } from '../../domain/plan/plan';
import type { Json } from '../../domain/json';
import { anonymousAgentName } from '../../domain/plan/names';
import { canonicalPlan } from './canonical-plan';
import { builtInPolicies, mergePolicies } from './plan-defaults';
import type { ParsedPlanFile } from './plan-file';

type ParsedTask = ParsedPlanFile['tasks'][string];

/** The domain's plan behind a plan file: defaults merged, `run` turned into anonymous agents. */
export function expandPlan(file: ParsedPlanFile, context: z.core.$RefinementCtx): Plan {
  const agents: Record<string, AgentSpec> = { ...file.agents };
  const tasks: Record<string, Task> = {};
  for (const [name, task] of Object.entries(file.tasks)) {
    if (typeof task.plan === 'string') {
      const message = `names the file of a sub-plan, which has not been read: read plan files with readPlan`;
      context.addIssue({ code: 'custom', message, path: ['tasks', name, 'plan'] });
      continue;
    }
    if (task.run) agents[anonymousAgentName('run', name)] = runAgent(task.run, task.output);
    if (task.transform !== undefined) {
      agents[anonymousAgentName('transform', name)] = transformAgent(task.transform);
    }
    tasks[name] = expandTask(name, task, task.plan, file);
  }
  return {
    name: file.name,
    ...(file.description === undefined ? {} : { description: file.description }),
    inputs: file.inputs,
    concurrency: file.concurrency,
    ...(file.timeout === undefined ? {} : { timeoutMs: file.timeout }),
    ...(file.budget === undefined ? {} : { budget: file.budget }),
    agents,
    tasks,
    outputs: file.outputs,
  };
}

/** A program that prints text gets no JSON on its standard input, which it would wait for or take as data. */
function runAgent(command: string[], output: ParsedTask['output']): AgentSpec {
  return {
    connector: 'command',
    command,
    env: [],
    stdin: 'none',
    output: output ?? 'lines',
    capabilities: [],
    technologies: [],
    tags: [],
  };
}

/** Nothing but computing: it is always short. */
function transformAgent(output: Json): AgentSpec {
  return { connector: 'transform', output, capabilities: [], technologies: [], tags: [], inline: true };
}

function expandTask(name: string, task: ParsedTask, subPlan: Plan | undefined, file: ParsedPlanFile): Task {
  return {
    needs: task.needs,
    work: subPlan ? planWork(task, subPlan) : agentWork(name, task),
    ...(task.if === undefined ? {} : { condition: task.if }),
    ...(task.forEach === undefined ? {} : { forEach: task.forEach }),
    ...(task.maxParallel === undefined ? {} : { maxParallel: task.maxParallel }),
    priority: task.priority,
    ...(task.taskTimeout === undefined ? {} : { taskTimeoutMs: task.taskTimeout }),
    ...mergePolicies(task, file.defaults, builtInPolicies(subPlan)),
    ...(task.gate === undefined ? {} : { gate: task.gate }),
    ...(task.budget === undefined ? {} : { budget: task.budget }),
    ...(task.writes === undefined && task.reads === undefined ? {} : { resources: taskResources(task) }),
    ...(task.type === undefined ? {} : { type: task.type }),
    ...(task.complexity === undefined ? {} : { complexity: task.complexity }),
    ...((task.insights ?? file.insights) ? {} : { insights: false }),
    ...(task.inline === undefined ? {} : { inline: task.inline }),
    ...(task.quality === undefined ? {} : { quality: task.quality }),
    ...((task.learned ?? file.learned) ? {} : { learned: false }),
  };
}

function taskResources({ writes = [], reads = [], onConflict = 'wait' }: ParsedTask): TaskResources {
  return { writes, reads, onConflict };
}

function agentWork(name: string, task: ParsedTask): AgentWork {
  const agent = anonymousAgentOf(name, task) ?? task.agent ?? '';
  return {
    kind: 'agent',
    agent: typeof agent === 'string' ? { name: agent } : agent,
    ...(task.prompt === undefined ? {} : { prompt: task.prompt }),
    ...(task.input === undefined ? {} : { input: task.input }),
    ...(task.remember === undefined ? {} : { remember: task.remember }),
  };
}

function anonymousAgentOf(name: string, { run, transform }: ParsedTask): string | undefined {
  if (run) return anonymousAgentName('run', name);
  return transform === undefined ? undefined : anonymousAgentName('transform', name);
}

function planWork(task: ParsedTask, plan: Plan): PlanWork {
  return {
    kind: 'plan',
    plan,
    planHash: canonicalPlan(plan).hash,
    directory: task.directory ?? '.',
    inputs: task.inputs ?? {},
  };
}
