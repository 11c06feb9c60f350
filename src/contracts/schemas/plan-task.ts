import { z } from 'zod';
import { planLimits } from '../../domain/plan/limits';
import { complexities } from '../../domain/plan/plan';
import type { Plan } from '../../domain/plan/plan';
import { list } from '../../domain/routing/plain-words';
import { strategies } from '../../domain/routing/strategies';
import type { StrategyName } from '../../domain/routing/strategies';
import { argv, outputFormat } from './connector-settings';
import { budgetSchema, onBudgetSchema, reserveSchema } from './plan-budget';
import { agentName, duration, jsonValue, name, remember, strictObject, identifier } from './plan-fields';

export const retrySchema = strictObject({
  attempts: z
    .int()
    .min(1)
    .max(100)
    .exactOptional()
    .describe('Total tries, the first and those for a gate included. Default 3, for a sub-plan 1.'),
  initialInterval: duration('Pause before the second try. Default 1s.', 0).exactOptional(),
  backoff: z.number().min(1).max(10).exactOptional().describe('What each further pause is multiplied with. Default 2.'),
  maxInterval: duration('The longest pause. Default 1m.', 0).exactOptional(),
  jitter: z.number().min(0).max(1).exactOptional().describe('Share of the pause that is random. Default 0.2.'),
}).describe('When and how often a failed attempt is tried again.');

const failurePolicy = z.enum(['fail', 'continue', 'skip-dependents']);

export const onFailureSchema = z
  .union([
    failurePolicy,
    strictObject({
      fallback: agentName.describe('Agent that takes the task when the retries are used up.'),
      then: failurePolicy
        .exactOptional()
        .describe('What happens when the fallback fails too. Default: that of "defaults".'),
    }),
  ])
  .describe(
    'fail: no new task starts and the session fails. continue: dependents run and see status and error. skip-dependents: they are skipped. Default fail.',
  );

const taskNames = z.union([identifier.transform((task) => [task]), z.array(identifier).min(1)]);

const requirement = strictObject({
  capability: name.exactOptional().describe('What the agent must be able to do.'),
  type: name.exactOptional().describe('What kind of agent it must be, e.g. claude-code.'),
  technologies: z.array(name).default([]).describe('All of these it must know.'),
  tags: z.array(name).default([]).describe('All of these it must have.'),
  prefer: z.array(agentName).default([]).describe('Agents to take first, in this order.'),
  avoid: z.array(agentName).default([]).describe('Agents to take only when there is no other.'),
  exclude: z.array(agentName).min(1).exactOptional().describe('Agents never to take.'),
  sameAs: taskNames.exactOptional().describe('Tasks before this one, whose agents to take before others.'),
  notSameAs: taskNames.exactOptional().describe('Tasks before this one, whose agents never to take.'),
  strategy: z
    .enum(Object.keys(strategies) as [StrategyName])
    .exactOptional()
    .describe('How agents of the registry are chosen. Default: that of the workspace.'),
  race: z
    .int()
    .min(planLimits.racers.min)
    .max(planLimits.racers.max)
    .exactOptional()
    .describe('So many different agents do it at once: the first success counts, the others are stopped. 2 to 5.'),
}).refine(
  ({ capability, type }) => capability !== undefined || type !== undefined,
  'needs a capability or a type: what must the agent be able to do?',
);

const gate = strictObject({
  check: z.string().min(1).describe('CEL over the output of the attempt, as `output`, and the names that `if` knows.'),
  score: z
    .string()
    .min(1)
    .exactOptional()
    .describe('CEL over the same, which comes to 0 to 1: how good an output is that has passed. It is learnt from.'),
  onFailure: z
    .enum(['retry', 'fail'])
    .default('retry')
    .describe('Default retry: another attempt, as long as there are any.'),
});

const resources = z
  .array(z.string().min(1))
  .min(1)
  .max(planLimits.resources, `names at most ${planLimits.resources} resources: name many at once with * or **`)
  .exactOptional();

/** A task as it is written. `embedded` is the schema of a plan, which is being built out of this one. */
export function createTaskSchema<EmbeddedPlan>(embedded: () => z.ZodType<Plan, EmbeddedPlan>) {
  return strictObject({
    needs: z.array(identifier).default([]).describe('Tasks that must have ended before.'),
    agent: z
      .union([agentName, requirement])
      .exactOptional()
      .describe('Who does it: the name of an agent, or what one must be able to do.'),
    run: argv
      .exactOptional()
      .describe('Shorthand for an agent that is a program: its arguments, which may hold ${{ }} templates.'),
    transform: jsonValue
      .exactOptional()
      .describe(
        'Shorthand for a value that is computed, without any agent: it is the output. May hold ${{ }} templates.',
      ),
    output: outputFormat.exactOptional().describe('With run: how what it prints is read. Default lines.'),
    plan: z
      .union([z.string().min(1), z.lazy(embedded)])
      .exactOptional()
      .describe('A sub-plan, run as a session of its own: the path of its file, relative to this one.'),
    directory: z
      .string()
      .exactOptional()
      .describe('With a sub-plan that is written here instead of a path: base of its relative paths. Default ".".'),
    prompt: z.string().exactOptional().describe('What the agent is asked to do. May hold ${{ }} templates.'),
    input: jsonValue.exactOptional().describe('Data for the agent. May hold ${{ }} templates.'),
    remember: remember
      .exactOptional()
      .describe('How many memories of its agent go before the prompt; true for 5. Default: as the agent says.'),
    inputs: z
      .record(identifier, jsonValue)
      .exactOptional()
      .describe('Inputs of the sub-plan. May hold ${{ }} templates.'),
    if: z.string().min(1).exactOptional().describe('CEL; the task is skipped when it comes to false.'),
    forEach: z
      .union([z.array(jsonValue), z.string().min(1)])
      .exactOptional()
      .describe('A list, or a ${{ }} template that yields one: one run for each item.'),
    maxParallel: z
      .int()
      .min(1)
      .max(10_000)
      .exactOptional()
      .describe('Items in flight at once. Default: no limit but that of the session.'),
    priority: z.int().min(1).max(5).default(3).describe('1 (most urgent) to 5. Default 3.'),
    timeout: duration('Of one attempt. Default 30m; for a sub-plan its own timeout, or 7d.').exactOptional(),
    taskTimeout: duration('Of the task with all its attempts. Default: none.').exactOptional(),
    retry: retrySchema.exactOptional(),
    onFailure: onFailureSchema.exactOptional(),
    gate: gate.exactOptional().describe('Decides whether the output is good enough.'),
    budget: budgetSchema
      .exactOptional()
      .describe('Of all attempts of the task, its items and its child sessions. Default: none.'),
    reserve: reserveSchema.exactOptional(),
    onBudget: onBudgetSchema.exactOptional(),
    writes: resources.describe(
      'What no other task of the workspace may write or read meanwhile: kind:name, such as repo:main or file:src/**. May hold ${{ }} templates.',
    ),
    reads: resources.describe(
      'What no other task of the workspace may write meanwhile: kind:name. May hold ${{ }} templates.',
    ),
    onConflict: z
      .enum(['wait', 'refuse', 'ask'])
      .exactOptional()
      .describe(
        'When others have what it writes or reads: wait for its turn, fail, or wait and ask somebody whether to go ahead. Default wait.',
      ),
    type: name
      .exactOptional()
      .describe('What kind of task it is, e.g. bug-fix: what is learnt is kept by it. Default: the name of the task.'),
    complexity: z
      .enum(complexities)
      .exactOptional()
      .describe('How hard it is: what is learnt can be asked for by it. Default: the `complexity` of its input.'),
    insights: z
      .boolean()
      .exactOptional()
      .describe('Whether its prompt tells what earlier attempts of such tasks showed. Default: that of the plan.'),
    inline: z
      .boolean()
      .exactOptional()
      .describe(
        'Whether its attempts take milliseconds and run inside the turn, where their agent can: function, http, simulated. Default: as the agent says, or as short as its attempts are known to be.',
      ),
    quality: strictObject({
      atLeast: z.number().min(0).max(1).describe('Share of attempts that must succeed, 0 to 1.'),
    })
      .exactOptional()
      .describe(
        'What is good enough: an agent with several models is told the cheapest that is known to be. Default: that of the workspace.',
      ),
    learned: z
      .boolean()
      .exactOptional()
      .describe(
        'Whether evidence may shorten a timeout and end retries that are the defaults. Default: that of the plan.',
      ),
  })
    .superRefine((task, context) => {
      for (const { key, message } of misplacedKeys(task)) {
        context.addIssue({ code: 'custom', message, path: key === undefined ? [] : [key] });
      }
    })
    .describe('A step of the plan, done by one agent at a time.');
}

const kinds = ['agent', 'run', 'transform', 'plan'] as const;

function misplacedKeys(task: Partial<Record<string, unknown>>): { key?: string; message: string }[] {
  const given = kinds.filter((kind) => task[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined)
    return [{ message: 'needs one of "agent", "run", "transform" or "plan": who does the task?' }];
  if (given.length > 1)
    return [
      {
        key: given[1] ?? kind,
        message: `a task has only one of "agent", "run", "transform" and "plan", not ${list(given)}`,
      },
    ];
  const faults: { key: string; message: string }[] = [];
  const only = (key: string, wanted: (typeof kinds)[number], hint: string): void => {
    if (task[key] !== undefined && kind !== wanted)
      faults.push({ key, message: `belongs to a task with "${wanted}": ${hint}` });
  };
  only('output', 'run', 'of an agent, write it under "agents"');
  only('inputs', 'plan', 'data for an agent is called "input"');
  only('prompt', 'agent', 'a program takes its arguments, a sub-plan its "inputs"');
  only('input', 'agent', 'a program takes its arguments, a sub-plan its "inputs"');
  only('remember', 'agent', 'only agents of the registry have memories');
  only('quality', 'agent', 'models are chosen for agents of the registry');
  if (kind === 'plan' && task['gate'] !== undefined && Object.hasOwn(task['gate'] as object, 'score')) {
    faults.push({ key: 'gate', message: 'its score says how good an agent is: a sub-plan has a "check" only' });
  }
  only('directory', 'plan', 'it says where a sub-plan lies');
  if (typeof task['plan'] === 'string' && task['directory'] !== undefined) {
    faults.push({ key: 'directory', message: 'follows from the path of the sub-plan: remove it' });
  }
  if (task['maxParallel'] !== undefined && task['forEach'] === undefined) {
    faults.push({ key: 'maxParallel', message: 'belongs to a task with "forEach"' });
  }
  if (task['onConflict'] !== undefined && task['writes'] === undefined && task['reads'] === undefined) {
    faults.push({ key: 'onConflict', message: 'belongs to a task with "writes" or "reads"' });
  }
  return faults;
}
