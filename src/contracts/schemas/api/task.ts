import { z } from 'zod';
import { TaskStatus } from '../../../domain/session/state';
import { attemptNumber } from '../attempt-number';
import { strictObject } from '../plan-fields';
import { anyJson, anyObject, id, next, pageOf, time } from './common';
import { sessionPath } from './session';

export const taskPath = sessionPath.extend({
  run: id.describe('Name of a task; each[3] for the fourth item of a fan-out.'),
});

export const task = z
  .object({
    run: z.string(),
    task: z.string(),
    status: z.enum(TaskStatus),
    reason: z.string().nullable(),
    agent: z.string().nullable(),
    attempts: z.int(),
    items: z.int().nullable().describe('Of a fan-out or a race.'),
    queuedAt: time.nullable(),
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    progress: z.object({ percent: z.number().nullable(), message: z.string().nullable() }),
    waitsFor: z.string().nullable().describe('Of a task in line: what for, in words.'),
    error: z.string().nullable(),
  })
  .meta({ id: 'Task' });

export const taskQuery = z.object(pageOf(1_000, 10_000));
export const taskList = z.object({ tasks: z.array(task), next });
export const taskWithOutput = task.extend({ output: anyJson }).meta({ id: 'TaskWithOutput' });

export const attemptOutcome = z.object({
  run: z.string(),
  attempt: z.int(),
  agent: z.string(),
  verdict: z.string(),
  durationMs: z.number().nullable(),
  costUsd: z.number().nullable(),
  tokens: z.number().nullable(),
  model: z.string().nullable(),
  error: z.string().nullable(),
  tools: z.array(z.string()).nullable().describe('That the agent says it used, in order, one a call.'),
  filesChanged: z.array(z.string()).nullable().describe('Paths, as the agent says.'),
  messages: z.number().nullable().describe('That it exchanged with its model.'),
  handoffs: z
    .array(
      z.object({
        run: z.string(),
        attempt: z.int(),
        workspace: z.string().nullable().describe('Whose registry has the agent; null for an agent of the plan.'),
        agent: z.string(),
      }),
    )
    .nullable()
    .describe('The attempts whose results it was given. Null where nobody knows.'),
});

export const explanation = z.object({
  run: z.string(),
  status: z.enum(TaskStatus),
  waitsFor: z.string().nullable(),
  assignments: z
    .array(z.object({ run: z.string(), attempt: z.int(), at: time, assignment: anyObject }))
    .describe('Why attempts went to their agents; empty for agents that the plan brings.'),
  attempts: z.array(attemptOutcome).describe('What they came to, and how their agents worked. Null is unknown.'),
});

export const feedback = strictObject({
  attempt: attemptNumber.exactOptional().describe('Which attempt; the latest without.'),
  rating: z.int().min(1).max(5).exactOptional(),
  useful: z.boolean().exactOptional(),
  modifications: z.string().max(10_000).exactOptional().describe('What had to be changed in its result.'),
});
export const noted = z.object({ run: z.string(), attempt: z.int(), agent: z.string() });
