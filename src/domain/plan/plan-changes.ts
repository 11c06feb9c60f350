import { canonicalJson } from '../canonical-json';
import type { Json } from '../json';
import { taskOfAnonymousAgent } from './names';
import type { AgentSpec, Plan, Task } from './plan';
import { candidateFinder } from './requirement';

/** What an edited plan says differently. Empty parts: nothing. */
export interface PlanChanges {
  added: string[];
  removed: string[];
  /** What differs of tasks that both plans have, by name, in the words of the plan file; `agents`: who does it, or how. */
  changed: Record<string, string[]>;
  /** What differs of the rest: `concurrency`, `agents.writer`. */
  settings: string[];
}

/** Compares two plans by what they mean: the order of tasks and of needs is of no account. */
export function planChanges(before: Plan, after: Plan): PlanChanges {
  const names = { before: Object.keys(before.tasks), after: Object.keys(after.tasks) };
  const partsBefore = taskParts(before);
  const partsAfter = taskParts(after);
  const changed: PlanChanges['changed'] = {};
  for (const name of names.after) {
    const [task, edited] = [before.tasks[name], after.tasks[name]];
    const fields = task && edited ? differing(partsBefore(task), partsAfter(edited)) : [];
    if (fields.length > 0) changed[name] = fields;
  }
  return {
    added: names.after.filter((name) => !Object.hasOwn(before.tasks, name)),
    removed: names.before.filter((name) => !Object.hasOwn(after.tasks, name)),
    changed,
    settings: [
      ...differing(settingsOf(before), settingsOf(after)),
      ...differing(namedAgents(before), namedAgents(after)).map((name) => `agents.${name}`),
    ],
  };
}

/** Whether the plans mean the same. */
export function isUnchanged({ added, removed, changed, settings }: PlanChanges): boolean {
  return added.length + removed.length + settings.length + Object.keys(changed).length === 0;
}

type Parts = Record<string, unknown>;

function settingsOf({ timeoutMs, agents: _, tasks: __, ...settings }: Plan): Parts {
  return { ...settings, timeout: timeoutMs };
}

/** Those behind `run:` are parts of their tasks. */
function namedAgents({ agents }: Plan): Parts {
  return Object.fromEntries(Object.entries(agents).filter(([name]) => taskOfAnonymousAgent(name) === undefined));
}

/** What a task is, by its words in a plan file; with what its candidates are. */
function taskParts({ agents }: Plan): (task: Task) => Parts {
  const find = candidateFinder(agents);
  const reached = new Map(Object.entries(agents).map(([name, agent]) => [name, howReached(agent)]));
  const candidates = (names: readonly string[]): unknown => names.map((name) => [name, reached.get(name)]);
  return ({ needs, work, condition, timeoutMs, taskTimeoutMs, fallback, onFailure, ...same }) => ({
    ...same,
    ...(work.kind === 'agent' ? agentParts(work, agents) : subPlanParts(work)),
    needs: [...needs].sort(),
    if: condition,
    timeout: timeoutMs,
    taskTimeout: taskTimeoutMs,
    onFailure: [onFailure, fallback],
    agents: [
      candidates(work.kind === 'agent' && !isRun(work) ? find(work.agent) : []),
      candidates(fallback === undefined ? [] : find({ name: fallback })),
    ],
  });
}

type AgentWork = Extract<Task['work'], { kind: 'agent' }>;

function isRun({ agent }: AgentWork): boolean {
  return 'name' in agent && taskOfAnonymousAgent(agent.name) !== undefined;
}

function agentParts(work: AgentWork, agents: Plan['agents']): Parts {
  const { agent, prompt, input, remember } = work;
  return isRun(work) && 'name' in agent ? { run: agents[agent.name] } : { agent, prompt, input, remember };
}

function subPlanParts({ planHash, directory, inputs }: Extract<Task['work'], { kind: 'plan' }>): Parts {
  return { plan: planHash, directory, inputs };
}

/** What an attempt under way depends on: not what the agent is and can do, costs, or how much it takes at once. */
function howReached(agent: AgentSpec): Parts {
  const {
    type: _,
    capabilities: __,
    technologies: ___,
    tags: ____,
    maxConcurrent: _____,
    cost: ______,
    inline: _______,
    ...connector
  } = agent;
  return connector;
}

function differing(before: Parts, after: Parts): string[] {
  // Most tasks are the same, and were written the same way.
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => textOf(before[name]) !== textOf(after[name])).sort();
}

function textOf(value: unknown): string {
  // Plans hold nothing but JSON, and keys without a value.
  return value === undefined ? '' : canonicalJson(JSON.parse(JSON.stringify(value)) as Json);
}
