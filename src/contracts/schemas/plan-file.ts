import { z } from 'zod';
import type { Plan } from '../../domain/plan/plan';
import { expandPlan } from './expand-plan';
import { agentSchema } from './plan-agent';
import { budgetSchema, onBudgetSchema, reserveSchema } from './plan-budget';
import { duration, jsonValue, keyName, name, strictObject, identifier } from './plan-fields';
import { inputSchema } from './plan-input';
import { createTaskSchema, onFailureSchema, retrySchema } from './plan-task';

const planFileObject = strictObject({
  version: z.literal(1, 'must be 1, the version of this format').describe('Version of the plan format.'),
  name: name.describe('Name of the plan: letters, digits, "-", "_", ".", at most 63.'),
  description: z.string().exactOptional().describe('What the plan is for.'),
  inputs: z.record(identifier, inputSchema).default({}).describe('Values that are given to a run.'),
  concurrency: z
    .int()
    .min(1)
    .max(1_000)
    .default(10)
    .describe('Running tasks of a session at once, items of fan-outs included. Default 10.'),
  timeout: duration('Of a session, wall clock, pauses included. Default: none.').exactOptional(),
  budget: budgetSchema.exactOptional().describe('Of the session, its child sessions included. Default: none.'),
  insights: z
    .boolean()
    .default(true)
    .describe('Whether prompts tell what earlier attempts of such tasks showed. Default true.'),
  learned: z
    .boolean()
    .default(true)
    .describe('Whether evidence may shorten timeouts and end retries that are the defaults. Default true.'),
  defaults: strictObject({
    timeout: duration('Of one attempt.').exactOptional(),
    retry: retrySchema.exactOptional(),
    onFailure: onFailureSchema.exactOptional(),
    reserve: reserveSchema.exactOptional(),
    onBudget: onBudgetSchema.exactOptional(),
  })
    .default({})
    .describe('For every task that does not say otherwise.'),
  agents: z.record(keyName, agentSchema).default({}).describe('The agents of the plan, by name.'),
  tasks: z
    .record(
      identifier,
      createTaskSchema((): z.ZodType<Plan, EmbeddedPlan> => planFileSchema),
    )
    .describe('The tasks, by name. Their order carries no meaning.'),
  outputs: z.record(keyName, jsonValue).default({}).describe('What a session hands over. May hold ${{ }} templates.'),
}).describe('A plan of Agent Orchestra.');

/** The plan file as a zod schema: takes what is written, gives the domain's Plan. Paths of sub-plans must have been replaced by the plans. */
export const planFileSchema = planFileObject.transform((file, context): Plan => expandPlan(file, context));

/** What can be written in a plan file. */
export type PlanFile = z.input<typeof planFileObject>;

/** A plan inside a plan. An interface, because a type alias cannot take part in the circle from the schema through its tasks to itself. */
export interface EmbeddedPlan extends PlanFile {
  version: 1;
}

/** A plan file whose fields have been parsed and whose defaults have not been merged. */
export type ParsedPlanFile = z.output<typeof planFileObject>;
