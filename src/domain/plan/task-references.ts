import { compileCondition } from '../expressions/condition';
import { compileScore } from '../expressions/score';
import type { Reference } from '../expressions/reference';
import { referencesInTemplates } from '../expressions/template-references';
import type { Json } from '../json';
import type { Task } from './plan';

/** Upstream tasks, by name, that a value with templates refers to. */
export function tasksInTemplates(...values: (Json | undefined)[]): string[] {
  return taskNames(
    values.flatMap((value) =>
      referencesInTemplates(value).flatMap((found) => ('reference' in found ? [found.reference] : [])),
    ),
  );
}

/** What the turn has to know to decide whether and how often the task runs. */
export function tasksInDecision(task: Task): string[] {
  return [...new Set([...tasksInCondition(task.condition), ...tasksInTemplates(task.forEach)])];
}

/** What the gate of a sub-plan's result has to know. */
export function tasksInGate(task: Task): string[] {
  return [...new Set([...tasksInCondition(task.gate?.check), ...tasksInTemplates(task.forEach)])];
}

/** What an attempt of the task has to know, by an agent with these templates. */
export function tasksInAttempt(task: Task, agentTemplates: readonly { value: Json }[]): string[] {
  const templates = agentTemplates.map(({ value }) => value);
  const work = task.work.kind === 'agent' ? [task.work.prompt, task.work.input] : [task.work.inputs];
  return [
    ...new Set([
      ...tasksInTemplates(task.forEach, ...work, ...templates),
      ...tasksInCondition(task.gate?.check),
      ...tasksInCondition(task.gate?.score, compileScore),
    ]),
  ];
}

function tasksInCondition(condition: string | undefined, compile = compileCondition): string[] {
  return condition === undefined ? [] : taskNames(compile(condition).references);
}

function taskNames(references: readonly Reference[]): string[] {
  const names = references.flatMap(({ root, segments }) =>
    root === 'tasks' && typeof segments[0] === 'string' ? [segments[0]] : [],
  );
  return [...new Set(names)];
}
