import type { z } from 'zod';
import type { newTask } from '../contracts/schemas/api/single-task';
import { readPlan } from '../contracts/schemas/read-plan';
import type { PlanReading } from '../contracts/schemas/read-plan';
import { bareMessage } from '../contracts/schemas/source-position';
import type { SourceIssue } from '../contracts/schemas/source-position';
import type { JsonObject } from '../domain/json';
import type { Plan } from '../domain/plan/plan';
import { singleTaskName, singleTaskPlan } from '../domain/plan/single-task';
import { pointerOf } from './pointer';
import { RequestFault } from './request-fault';
import type { Fault } from './request-fault';

/** The plan of one task that a request makes, and its inputs. Throws PLAN_INVALID, with the places of the request. */
export async function readSingleTask({
  type,
  prompt,
  input,
  id: _,
  ...settings
}: z.output<typeof newTask>): Promise<{ reading: Extract<PlanReading, { plan: Plan }>; inputs: JsonObject }> {
  const given = { ...(prompt !== undefined && { prompt }), ...(input !== undefined && { input }) };
  const { plan, inputs } = singleTaskPlan({ type, ...given, settings: settings as JsonObject });
  const reading = await readPlan({ file: 'task', text: JSON.stringify(plan) }, () =>
    Promise.reject(new Error('a task has no files')),
  );
  if (reading.plan) return { reading, inputs };
  const faults = reading.issues.map(faultOf);
  const lines = faults.map(({ pointer, detail }) => `${pointer}: ${detail}`);
  throw new RequestFault('PLAN_INVALID', `The task cannot be done:\n${lines.join('\n')}`, faults);
}

/** Where the fault is in the request: a task of the plan has the keys of the request. */
function faultOf(issue: SourceIssue): Fault {
  const [tasks, name, ...path] = issue.path ?? [];
  if (tasks !== 'tasks' || name !== singleTaskName) return { pointer: '', detail: issue.message };
  return { pointer: pointerOf(path), detail: bareMessage(issue) };
}
