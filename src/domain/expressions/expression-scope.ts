import type { Json, JsonObject } from '../json';

/** What expressions see. Templates and conditions know the same names; `output` exists in gates only. */
export interface ExpressionScope {
  inputs: JsonObject;
  /** Upstream tasks by name; the output of one that did not succeed is null. */
  tasks: Record<string, TaskResult>;
  /** The item of a fan-out; absent outside one. */
  item?: Json;
  /** 0-based index of the item; absent outside a fan-out. */
  index?: number;
  session: { id: string };
  workspace: string;
  /** Output of the attempt that a gate judges. */
  output?: Json;
  /** Of an agent of the registry, by name; known in its settings and nowhere else. */
  secrets?: Record<string, string>;
  /** That such an agent is told to use, likewise. */
  model?: string;
}

/** A type, not an interface, so that it counts as JSON. */
export type TaskResult = {
  output: Json;
  /** Name of the task's final state, e.g. `succeeded`, `failed`, `skipped`. */
  status: string;
  error: string | null;
};

/** The names that an expression may start with. */
export const scopeRoots = ['inputs', 'tasks', 'item', 'index', 'session', 'workspace', 'output'] as const;

/** What a name stands for in a scope; undefined where the scope does not have it. */
export function scopeValue(scope: ExpressionScope, root: string): Json | undefined {
  return Object.hasOwn(scope, root) ? scope[root as keyof ExpressionScope] : undefined;
}
