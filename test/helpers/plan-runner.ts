import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parse } from 'yaml';
import { compileCondition, evaluateCondition } from '../../src/domain/expressions/condition';
import type { ExpressionScope, TaskResult } from '../../src/domain/expressions/expression-scope';
import { renderTemplate } from '../../src/domain/expressions/render-template';
import type { Json, JsonObject } from '../../src/domain/json';
import { runProgram } from './run-program';

interface WrittenTask {
  needs?: string[];
  agent: string | { capability: string };
  input?: Json;
  if?: string;
  forEach?: Json;
  gate?: { check: string };
  onFailure?: string;
}

/** A plan file as it is written, as far as a runner of command agents has to know it. */
export interface WrittenPlan {
  inputs: Record<string, { default?: Json }>;
  defaults: { onFailure: string };
  agents: Record<string, { command: string[]; capabilities: string[] }>;
  tasks: Record<string, WrittenTask>;
  outputs: JsonObject;
}

export interface PlanEnd {
  tasks: Record<string, TaskResult>;
  /** Null where a task failed that the plan does not forgive. */
  outputs: JsonObject | null;
  /** Attempts by task; an item of a fan-out is one. */
  attempts: Record<string, number>;
}

export function readPlan(path: string): WrittenPlan {
  return parse(readFileSync(path, 'utf8')) as WrittenPlan;
}

function holds(condition: string, scope: ExpressionScope): boolean {
  return evaluateCondition(compileCondition(condition), scope);
}

function commandOf(plan: WrittenPlan, { agent }: WrittenTask): string[] {
  const found =
    typeof agent === 'string'
      ? plan.agents[agent]
      : Object.values(plan.agents).find(({ capabilities }) => capabilities.includes(agent.capability));
  if (found === undefined) throw new Error(`No agent for ${JSON.stringify(agent)}`);
  return found.command;
}

/**
 * Runs a plan of command agents in the order of its needs: enough of an engine to test an example without the engine. One attempt a task, no
 * timeouts, and what a failure under `fail` leaves undone counts as skipped.
 */
export async function runPlan(plan: WrittenPlan, planFile: string, inputs: JsonObject): Promise<PlanEnd> {
  const defaults = Object.entries(plan.inputs).map(([name, spec]) => [name, spec.default ?? null] as const);
  const base = {
    inputs: { ...Object.fromEntries(defaults), ...inputs },
    session: { id: 'test' },
    workspace: 'default',
  };
  const tasks: Record<string, TaskResult> = {};
  const attempts: Record<string, number> = {};
  let stopped = false;

  async function attempt(name: string, task: WrittenTask, scope: ExpressionScope): Promise<Json> {
    attempts[name] = (attempts[name] ?? 0) + 1;
    const request = { session: 'test', task: name, attempt: 1, idempotencyKey: `default/test/${name}`, prompt: null };
    const input = renderTemplate(task.input ?? null, scope);
    const end = await runProgram(commandOf(plan, task), dirname(planFile), { ...request, input, context: {} });
    if (end.exitCode !== 0) throw new Error(end.stderr);
    const output = end.output ?? null;
    if (task.gate && !holds(task.gate.check, { ...scope, output })) {
      throw new Error(`The gate "${task.gate.check}" refused ${JSON.stringify(output).slice(0, 200)}`);
    }
    return output;
  }

  async function settle(name: string, task: WrittenTask): Promise<TaskResult> {
    const scope: ExpressionScope = { ...base, tasks };
    const skipped: TaskResult = { output: null, status: 'skipped', error: null };
    if (stopped || (task.if !== undefined && !holds(task.if, scope))) return skipped;
    try {
      if (task.forEach === undefined)
        return { output: await attempt(name, task, scope), status: 'succeeded', error: null };
      const items = renderTemplate(task.forEach, scope) as Json[];
      const output: Json[] = [];
      for (const [index, item] of items.entries()) output.push(await attempt(name, task, { ...scope, item, index }));
      return { output, status: 'succeeded', error: null };
    } catch (error) {
      if ((task.onFailure ?? plan.defaults.onFailure) === 'fail') stopped = true;
      return { output: null, status: 'failed', error: (error as Error).message };
    }
  }

  const started = new Map<string, Promise<void>>();
  function start(name: string): Promise<void> {
    const known = started.get(name);
    if (known !== undefined) return known;
    const task = plan.tasks[name];
    if (task === undefined) throw new Error(`No task ${name}`);
    const run = (async () => {
      await Promise.all((task.needs ?? []).map(start));
      tasks[name] = await settle(name, task);
    })();
    started.set(name, run);
    return run;
  }
  await Promise.all(Object.keys(plan.tasks).map(start));
  const outputs = stopped ? null : (renderTemplate(plan.outputs, { ...base, tasks }) as JsonObject);
  return { tasks, outputs, attempts };
}
