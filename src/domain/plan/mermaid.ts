import type { Json } from '../json';
import { taskOfAnonymousAgent } from './names';
import type { AgentChoice, AgentRequirement, Plan, Task } from './plan';
import { racersAskedFor } from './racers';

/** A Mermaid flowchart of a plan: tasks with their agents, conditions as dashed outlines, fan-outs as stacks, sub-plans as boxes, fallbacks dotted. */
export function toMermaid(plan: Plan): string {
  const lines = ['flowchart TD'];
  drawPlan(plan, 't', '  ', lines);
  lines.push('  classDef conditional stroke-dasharray: 5 5', '  classDef agent fill:none,stroke-dasharray: 2 2');
  return `${lines.join('\n')}\n`;
}

/** Nodes get ids from their position, because task names may be words that Mermaid keeps for itself, like `end`. */
function drawPlan(plan: Plan, prefix: string, indent: string, lines: string[]): void {
  const names = Object.keys(plan.tasks);
  const idOf = new Map(names.map((name, index) => [name, `${prefix}${index}`]));
  for (const [name, task] of Object.entries(plan.tasks)) drawTask(name, task, idOf.get(name) ?? '', indent, lines);
  for (const [name, task] of Object.entries(plan.tasks)) {
    for (const need of task.needs) {
      const from = idOf.get(need);
      if (from === undefined) continue;
      const label = plan.tasks[need]?.onFailure === 'continue' ? '-- "even if it fails" -->' : '-->';
      lines.push(`${indent}${from} ${label} ${idOf.get(name) ?? ''}`);
    }
  }
}

function drawTask(name: string, task: Task, id: string, indent: string, lines: string[]): void {
  if (task.work.kind === 'plan') {
    lines.push(`${indent}subgraph ${id}["${escapeLabel([...labelOf(name, task), `plan ${task.work.plan.name}`])}"]`);
    drawPlan(task.work.plan, `${id}_`, `${indent}  `, lines);
    lines.push(`${indent}end`);
  } else {
    const label = escapeLabel([...labelOf(name, task), agentLabel(task.work.agent)]);
    lines.push(task.forEach === undefined ? `${indent}${id}["${label}"]` : `${indent}${id}[["${label}"]]`);
  }
  if (task.condition !== undefined) lines.push(`${indent}class ${id} conditional`);
  if (task.fallback !== undefined) {
    lines.push(`${indent}${id}_fallback(["${escapeLabel([task.fallback])}"]):::agent`);
    lines.push(`${indent}${id} -. "fallback" .-> ${id}_fallback`);
  }
}

function labelOf(name: string, task: Task): string[] {
  return [
    name,
    ...(task.condition === undefined ? [] : [`if ${clip(task.condition)}`]),
    ...(task.forEach === undefined ? [] : [`for each of ${clip(forEachLabel(task.forEach))}`]),
    ...(task.gate === undefined ? [] : [`gate ${clip(task.gate.check)}`]),
  ];
}

function forEachLabel(forEach: Json): string {
  return typeof forEach === 'string' ? forEach : `${Array.isArray(forEach) ? forEach.length : 1} items`;
}

function agentLabel(choice: AgentChoice): string {
  if (!('name' in choice)) {
    const race = racersAskedFor(choice);
    return `${race === 0 ? 'any agent' : `the first of ${race} agents`} ${wordsOf(choice)}`;
  }
  return taskOfAnonymousAgent(choice.name) === undefined ? choice.name : (choice.name.split(':')[0] ?? choice.name);
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Entities for everything that Mermaid or HTML could read as markup; lines are joined with breaks. */
function escapeLabel(lines: string[]): string {
  return lines
    .map((line) => line.replace(/[^\p{L}\p{N} _.,:=+…-]/gu, (character) => `#${character.codePointAt(0) ?? 32};`))
    .join('<br/>');
}

function wordsOf({ capability, type }: AgentRequirement): string {
  return [capability && `with ${capability}`, type && `of type ${type}`].filter(Boolean).join(' ');
}
