import { z } from 'zod';
import { complexities } from '../../../domain/plan/plan';
import { SessionStatus } from '../../../domain/session/state';
import { jsonValue, name, strictObject } from '../plan-fields';
import { anyJson, anyObject, id, links, time } from './common';
import { attemptOutcome, task } from './task';

export const singleTaskPath = z.object({ task: id.describe('Id of a task that was submitted by itself.') });

const durationText = z.string().max(50);
const texts = z.array(z.string()).max(100);

/** What it says of agents, times and budgets is checked as that of a task in a plan file, which it becomes. */
export const newTask = strictObject({
  type: name.describe('What kind of task it is, e.g. bug-fix: what is learnt is kept by it.'),
  agent: z
    .union([z.string(), anyObject], 'must be the name of an agent, or what one must be able to do')
    .describe(
      'Who does it: the name of an agent of the registry, or a requirement: {capability, technologies, tags …}.',
    ),
  prompt: z
    .string()
    .max(500_000)
    .exactOptional()
    .describe('What the agent is asked to do, as it stands: no templates.'),
  input: jsonValue.exactOptional().describe('Data for the agent, as it stands.'),
  priority: z.int().min(1).max(5).exactOptional().describe('1 (most urgent) to 5. Default 3.'),
  timeout: durationText.exactOptional().describe('Of one attempt: 90s, 20m. Default 30m.'),
  taskTimeout: durationText.exactOptional().describe('Of the task with all its attempts. Default: none.'),
  retry: anyObject.exactOptional().describe('{attempts, initialInterval, backoff, maxInterval, jitter}.'),
  budget: anyObject.exactOptional().describe('{costUsd, tokens, attempts, time} of all its attempts. Default: none.'),
  reserve: anyObject.exactOptional().describe('{costUsd, tokens}: the most that one attempt may use.'),
  onBudget: z
    .enum(['fail', 'ask'])
    .exactOptional()
    .describe('Where a budget has no room for an attempt. Default fail.'),
  gate: anyObject.exactOptional().describe('{check, onFailure}: decides whether the output is good enough.'),
  writes: texts.exactOptional().describe('Resources that nobody else may write or read meanwhile.'),
  reads: texts.exactOptional().describe('Resources that nobody else may write meanwhile.'),
  onConflict: z.enum(['wait', 'refuse', 'ask']).exactOptional().describe('Where others have what it writes or reads.'),
  complexity: z.enum(complexities).exactOptional().describe('How hard it is.'),
  quality: anyObject.exactOptional().describe('{atLeast}: share of attempts that must succeed with its model.'),
  id: z
    .string()
    .exactOptional()
    .describe('Id of the task. Submitting twice with the same id submits once. Made where it is absent.'),
});

export const singleTask = task
  .omit({ run: true, task: true, items: true })
  .extend({
    id: z.string(),
    type: z.string(),
    session: z.object({ id: z.string(), status: z.enum(SessionStatus) }).describe('That does it.'),
    createdAt: time,
    links,
  })
  .meta({ id: 'SingleTask' });

export const taskOutcome = z
  .object({
    id: z.string(),
    status: singleTask.shape.status,
    output: anyJson,
    error: z.string().nullable(),
    attempts: z.array(attemptOutcome),
  })
  .meta({ id: 'TaskOutcome' });
