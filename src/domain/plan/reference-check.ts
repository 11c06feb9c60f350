import { didYouMean } from '../did-you-mean';
import { faultOfReference } from '../expressions/reference';
import type { Reference } from '../expressions/reference';
import type { Plan } from './plan';
import type { Upstream } from './upstream';

/** Where an expression stands, which decides what it may name. */
export interface Place {
  /** The task it belongs to; undefined for the outputs of the plan, which see all tasks. */
  task: string | undefined;
  /** Whether `item` and `index` exist. */
  hasItem: boolean;
  /** Whether `output` exists. */
  hasOutput: boolean;
}

export type ReferenceCheck = (reference: Reference, place: Place) => string | undefined;

/** A function that says what is wrong with a reference in its place; undefined when nothing is. */
export function createReferenceCheck(plan: Plan, upstream: Upstream): ReferenceCheck {
  const faultOfTask = (name: string, { text }: Reference, { task }: Place): string | undefined => {
    if (!Object.hasOwn(plan.tasks, name)) {
      return `"${text}": there is no task "${name}"${didYouMean(name, Object.keys(plan.tasks))}`;
    }
    if (task === undefined) return undefined;
    if (name === task) return `"${text}" refers to its own task, whose output does not exist yet`;
    // On or behind a cycle nothing is upstream; the cycle itself is reported.
    if (!upstream.isOrdered(task) || upstream.isUpstream(name, task)) return undefined;
    if (upstream.isUpstream(task, name))
      return `"${text}": task "${name}" runs after "${task}", so its output cannot be used here`;
    return `"${text}": task "${name}" does not end before "${task}" starts: add "${name}" to the needs of "${task}"`;
  };

  return (reference, place) => {
    const fault = faultOfReference(reference);
    if (fault !== undefined) return fault;
    const { root, segments, text } = reference;
    const [first] = segments;
    switch (root) {
      case 'tasks':
        return faultOfTask(String(first), reference, place);
      case 'inputs':
        if (first === undefined || Object.hasOwn(plan.inputs, String(first))) return undefined;
        return `"${text}": the plan has no input "${first}"${didYouMean(String(first), Object.keys(plan.inputs))}`;
      case 'item':
      case 'index':
        return place.hasItem ? undefined : `"${text}": ${root} is known only where a task with forEach runs its items`;
      case 'output':
        return place.hasOutput
          ? undefined
          : `"${text}": output is known only in "gate"; of other tasks, write tasks.<name>.output`;
      default:
        return undefined;
    }
  };
}
