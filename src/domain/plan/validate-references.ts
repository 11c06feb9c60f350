import { compileCondition } from '../expressions/condition';
import { compileScore } from '../expressions/score';
import type { Reference } from '../expressions/reference';
import { referencesInTemplates } from '../expressions/template-references';
import type { Json } from '../json';
import { agentTemplates } from './agent-templates';
import { graphOf } from './graph';
import type { IssueList, PlanPath } from './issue';
import type { Plan, Task } from './plan';
import { createReferenceCheck } from './reference-check';
import type { Place } from './reference-check';
import { candidateFinder } from './requirement';
import { upstreamOf } from './upstream';

/** Templates and conditions that cannot be read, or name what is not known where they stand. */
export function validateReferences(plan: Plan, issues: Pick<IssueList, 'add'>): void {
  const faultOf = createReferenceCheck(plan, upstreamOf(graphOf(plan)));

  const checkReference = (reference: Reference, place: Place, path: PlanPath): void => {
    const fault = faultOf(reference, place);
    if (fault !== undefined) issues.add(path, fault);
  };
  const checkTemplates = (value: Json | undefined, place: Place, path: PlanPath): void => {
    for (const found of referencesInTemplates(value)) {
      if ('fault' in found) issues.add([...path, ...found.path], found.fault);
      else checkReference(found.reference, place, [...path, ...found.path]);
    }
  };
  const checkCondition = (text: string | undefined, place: Place, path: PlanPath, compile = compileCondition): void => {
    if (text === undefined) return;
    try {
      for (const reference of compile(text).references) checkReference(reference, place, path);
    } catch (error) {
      issues.add(path, error instanceof Error ? error.message : String(error));
    }
  };

  for (const [name, task] of Object.entries(plan.tasks)) {
    const path = ['tasks', name];
    // `if` and `forEach` are evaluated once, before there are items.
    const before: Place = { task: name, hasItem: false, hasOutput: false };
    const run: Place = { ...before, hasItem: task.forEach !== undefined };
    checkCondition(task.condition, before, [...path, 'if']);
    checkTemplates(task.forEach, before, [...path, 'forEach']);
    checkCondition(task.gate?.check, { ...run, hasOutput: true }, [...path, 'gate', 'check']);
    checkCondition(task.gate?.score, { ...run, hasOutput: true }, [...path, 'gate', 'score'], compileScore);
    checkTemplates(task.resources?.writes, run, [...path, 'writes']);
    checkTemplates(task.resources?.reads, run, [...path, 'reads']);
    if (task.work.kind === 'plan') checkTemplates(task.work.inputs, run, [...path, 'inputs']);
    else {
      checkTemplates(task.work.prompt, run, [...path, 'prompt']);
      checkTemplates(task.work.input, run, [...path, 'input']);
    }
  }
  checkAgents(plan, checkTemplates);
  checkTemplates(plan.outputs, { task: undefined, hasItem: false, hasOutput: false }, ['outputs']);
}

/** Templates of an agent are rendered for each task that it may take, so they are checked in the place of each. */
function checkAgents(plan: Plan, check: (value: Json, place: Place, path: PlanPath) => void): void {
  const findCandidates = candidateFinder(plan.agents);
  const users = new Map<string, Place[]>();
  for (const [name, task] of Object.entries(plan.tasks)) {
    const place: Place = { task: name, hasItem: task.forEach !== undefined, hasOutput: false };
    for (const agent of agentsOf(task, findCandidates)) {
      const known = users.get(agent);
      if (known) known.push(place);
      else users.set(agent, [place]);
    }
  }
  for (const [name, agent] of Object.entries(plan.agents)) {
    for (const { path, value } of agentTemplates(name, agent)) {
      if (referencesInTemplates(value).length === 0) continue;
      // An agent that no task uses is checked for its form at least.
      const places = users.get(name) ?? [{ task: undefined, hasItem: true, hasOutput: false }];
      for (const place of places) check(value, place, path);
    }
  }
}

function agentsOf(task: Task, findCandidates: ReturnType<typeof candidateFinder>): Set<string> {
  const agents = new Set(task.work.kind === 'agent' ? findCandidates(task.work.agent) : []);
  if (task.fallback !== undefined) agents.add(task.fallback);
  return agents;
}
