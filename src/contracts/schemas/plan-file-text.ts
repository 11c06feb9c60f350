import { stringify } from 'yaml';
import { canonicalJson } from '../../domain/canonical-json';
import type { Json, JsonObject } from '../../domain/json';
import { graphOf, topologicalOrder } from '../../domain/plan/graph';
import type { Plan, Task } from '../../domain/plan/plan';
import { builtInPolicies } from './plan-defaults';
import { writePlanFile, writePolicies } from './write-plan-file';

/** A plan as the YAML of a plan file that people like to edit: tasks in their order, nothing that goes without saying. It reads back as the same plan. */
export function planFileText(plan: Plan): string {
  return stringify(readablePlan(plan), { lineWidth: 0, aliasDuplicateObjects: false });
}

function readablePlan(plan: Plan): JsonObject {
  const { version, name, tasks, defaults: _, agents, ...rest } = writePlanFile(plan);
  const written = tasks as Record<string, JsonObject>;
  const defaults = commonPolicies(plan, written);
  const order = topologicalOrder(graphOf(plan));
  const readable = order.map((task): [string, JsonObject] => [
    task,
    readableTask(plan.tasks[task] as Task, written[task] ?? {}, defaults),
  ]);
  return withoutEmpty({
    version: version ?? null,
    name: name ?? null,
    ...rest,
    defaults,
    agents: mapMembers(agents as Record<string, JsonObject>, withoutEmpty),
    tasks: Object.fromEntries(readable),
  });
}

const policies = ['timeout', 'retry', 'onFailure', 'onBudget'] as const;

/** What most tasks for agents say is said once for all, unless it is what holds anyway. */
function commonPolicies(plan: Plan, tasks: Record<string, JsonObject>): JsonObject {
  const builtIn = writePolicies(builtInPolicies(undefined));
  const forAgents = Object.entries(tasks).filter(([name]) => plan.tasks[name]?.work.kind === 'agent');
  const common = policies.flatMap((policy): [string, Json][] => {
    const counts = new Map<string, number>();
    for (const [, task] of forAgents) {
      const text = canonicalJson(task[policy] ?? null);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    const [most] = [...counts].sort(([, left], [, right]) => right - left);
    if (!most || most[1] === 1 || most[0] === canonicalJson(builtIn[policy] ?? null)) return [];
    return [[policy, JSON.parse(most[0]) as Json]];
  });
  // A fallback is a word about one task.
  return Object.fromEntries(common.filter(([policy, value]) => policy !== 'onFailure' || typeof value === 'string'));
}

function readableTask(task: Task, written: JsonObject, defaults: JsonObject): JsonObject {
  const { work } = task;
  const builtIn = writePolicies(builtInPolicies(work.kind === 'plan' ? work.plan : undefined));
  const unsaid: JsonObject = { ...builtIn, ...defaults, priority: 3, onConflict: 'wait' };
  const said = Object.entries(written).filter(
    ([key, value]) => unsaid[key] === undefined || canonicalJson(unsaid[key]) !== canonicalJson(value),
  );
  const readable = withoutEmpty(Object.fromEntries(said), ['needs']);
  if (work.kind === 'plan') return { ...readable, plan: readablePlan(work.plan) };
  const { agent } = readable;
  return typeof agent === 'object' && agent !== null && !Array.isArray(agent)
    ? { ...readable, agent: withoutEmpty(agent) }
    : readable;
}

const emptyByDefault = [
  'inputs',
  'defaults',
  'agents',
  'outputs',
  'capabilities',
  'technologies',
  'tags',
  'prefer',
  'avoid',
  'env',
  'headers',
];

/** Without what is empty where nothing is said. */
function withoutEmpty(object: JsonObject, keys: readonly string[] = emptyByDefault): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key, value]) => !keys.includes(key) || !isEmpty(value)));
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function mapMembers(record: Record<string, JsonObject>, change: (member: JsonObject) => JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).map(([key, member]) => [key, change(member)]));
}
