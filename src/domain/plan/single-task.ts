import type { Json, JsonObject } from '../json';
import type { InputType, Plan } from './plan';

/** A task that somebody wants to have done, without a plan. */
export interface SingleTask {
  /** What kind of task it is: the plan is named after it. */
  type: string;
  /** Taken as it stands: nothing in it is a template. */
  prompt?: string;
  /** Likewise. */
  input?: Json;
  /** Who does it, and all else that stands in a task of a plan file: `agent`, `priority`, `timeout` … */
  settings: JsonObject;
}

/** The name of the only task of such a plan. */
export const singleTaskName = 'task';

/**
 * The plan file of one task, and the inputs of its session. Prompt and input are inputs of the plan: so they are no templates, and all tasks that
 * differ in nothing else share a plan.
 */
export function singleTaskPlan({ type, prompt, input, settings }: SingleTask): {
  plan: JsonObject;
  inputs: JsonObject;
} {
  const inputs: JsonObject = { ...(prompt !== undefined && { prompt }), ...(isGiven(input) && { input }) };
  const names = Object.keys(inputs);
  return {
    plan: {
      version: 1,
      name: type,
      ...(names.length > 0 && {
        inputs: Object.fromEntries(names.map((name) => [name, specOf(inputs[name] ?? null)])),
      }),
      tasks: {
        [singleTaskName]: {
          ...settings,
          type,
          ...Object.fromEntries(names.map((name) => [name, `\${{ inputs.${name} }}`])),
        },
      },
      outputs: { output: `\${{ tasks.${singleTaskName}.output }}` },
    },
    inputs,
  };
}

/** Whether the session of this plan does one task and nothing else. */
export function isSingleTask({ tasks }: Pick<Plan, 'tasks'>): boolean {
  return Object.keys(tasks).length === 1 && tasks[singleTaskName]?.work.kind === 'agent';
}

function isGiven(input: Json | undefined): input is Exclude<Json, null> {
  return input !== undefined && input !== null;
}

function specOf(value: Json): JsonObject {
  const type: InputType = Array.isArray(value) ? 'array' : (typeof value as Exclude<InputType, 'array'>);
  return { type, required: true };
}
