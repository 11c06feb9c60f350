import { z } from 'zod';
import type { AgentDefinition, Capability } from '../../domain/agents/agent';
import { maxModels } from '../../domain/models/model-option';
import type { ModelOption } from '../../domain/models/model-option';
import { modelName as knownAs } from '../../domain/usage/prices';
import { plainSecretsIn } from '../../domain/agents/plain-secrets';
import { validateSettings } from '../../domain/agents/setting-references';
import {
  a2aSettings,
  argv,
  commandSettings,
  functionSettings,
  httpSettings,
  remoteSettings,
  simulatedSettings,
} from './connector-settings';
import { maxPriceUsd } from './workspace-options';
import { agentTypeName, costRates, duration, keyName, name, rateLimit, remember, strictObject } from './plan-fields';

/** One argument of a program has at most 128 KiB on Linux, and instructions may be passed as one. */
export const maxInstructionBytes = 100_000;

const capability = z.union(
  [
    name,
    strictObject({
      name,
      proficiency: z.number().min(0).max(1).default(1).describe('How good it is at this, 0 to 1. Default 1.'),
      technologies: z.array(name).default([]).describe('What it knows in this, e.g. typescript.'),
    }),
  ],
  'must be a name, or a map of name, proficiency and technologies',
);

const program = <Fields extends z.ZodRawShape>(fields: Fields) =>
  strictObject({ command: argv.describe('The program and its arguments; no shell reads them.'), ...fields });

const modelName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.:/@-]{0,99}$/, 'must be letters, digits and "_.:/@-", at most 100 characters');

const usdPerMillion = z.number().min(0, 'must not be negative').max(maxPriceUsd);

const modelOption = strictObject({
  name: modelName,
  price: strictObject({
    inputUsd: usdPerMillion.describe('US dollars per million tokens that it reads.'),
    outputUsd: usdPerMillion.describe('US dollars per million tokens that it writes.'),
  })
    .exactOptional()
    .describe('Default: that of the price table, and of the settings of the workspace.'),
});

const common = {
  name: keyName.describe('Name of the agent: letters, digits, "-", "_", ".", at most 63.'),
  description: z.string().exactOptional().describe('What the agent is for.'),
  type: agentTypeName,
  instructions: z
    .string()
    .refine((text) => Buffer.byteLength(text) <= maxInstructionBytes, `must have at most ${maxInstructionBytes} bytes`)
    .exactOptional()
    .describe('What it is told before every prompt.'),
  remember: remember
    .exactOptional()
    .describe('How many of its memories go before every prompt; true for 5. Default none.'),
  capabilities: z.array(capability).default([]).describe('What it can do, e.g. code.write. Tasks may ask for it.'),
  technologies: z.array(name).default([]).describe('What it knows in all that it can do.'),
  tags: z.array(name).default([]).describe('Free words to choose it by.'),
  maxConcurrent: z.int().min(1).max(10_000).default(1).describe('Attempts in flight at once, of all. Default 1.'),
  rateLimit: rateLimit.exactOptional().describe('How many may start in a window, on whatever hosts, as 100/1m.'),
  cost: costRates.default({}),
  probe: program({
    timeout: duration('For it to end. Default 10s.', 1).default(10_000),
    exitCode: z.int().min(0).max(255).default(0).describe('With which it ends where all is well. Default 0.'),
  })
    .exactOptional()
    .describe('Of a command agent: a program that tells whether it could do work.'),
  restart: program({ timeout: duration('For it to end. Default 1m.', 1).default(60_000) })
    .exactOptional()
    .describe('Of an http or a2a agent: a program that restarts its service.'),
  models: z
    .array(z.union([modelName, modelOption], 'must be the name of a model, or a map of name and price'))
    .min(1)
    .max(maxModels)
    .exactOptional()
    .describe('Models that it can be told to use, as ${{ model }} in its settings: one is chosen for each attempt.'),
  shared: z.boolean().default(false).describe('Whether other workspaces may use it. Default false.'),
};

const definitionUnion = z.discriminatedUnion('connector', [
  strictObject({ ...commandSettings, ...common }),
  strictObject({ ...httpSettings, ...common }),
  strictObject({ ...a2aSettings, ...common }),
  strictObject({ ...simulatedSettings, ...common }),
  strictObject({ ...remoteSettings, ...common }),
  strictObject({ ...functionSettings, ...common }),
]);

type Context = z.core.$RefinementCtx;

/** An agent of the registry, as it is written; becomes an AgentDefinition. */
export const agentDefinitionSchema: z.ZodType<
  AgentDefinition,
  z.input<typeof definitionUnion>
> = definitionUnion.transform((written, context) => {
  const {
    name,
    description,
    type,
    instructions,
    remember: recalls,
    capabilities,
    technologies,
    tags,
    ...others
  } = written;
  const { maxConcurrent, rateLimit: limit, cost, models, shared, probe, restart, ...rest } = others;
  if (probe && rest.connector !== 'command') fault(context, ['probe'], 'is for agents with `connector: command`');
  if (restart && rest.connector !== 'http' && rest.connector !== 'a2a') {
    fault(context, ['restart'], 'is for agents with `connector: http` or `a2a`');
  }
  for (const { path, message } of [...validateSettings(rest, models !== undefined), ...plainSecretsIn(rest)]) {
    fault(context, path, message);
  }
  return {
    name,
    ...(description !== undefined && { description }),
    ...(type !== undefined && { type }),
    connector: rest,
    ...(probe && { probe: { command: probe.command, timeoutMs: probe.timeout, exitCode: probe.exitCode } }),
    ...(restart && { restart: { command: restart.command, timeoutMs: restart.timeout } }),
    ...(instructions !== undefined && { instructions }),
    ...(recalls !== undefined && { remember: recalls }),
    capabilities: expandCapabilities(capabilities, technologies, context),
    tags: [...new Set(tags)],
    maxConcurrent,
    ...(limit !== undefined && { rateLimit: limit }),
    cost,
    ...(models && { models: expandModels(models, context) }),
    shared,
  };
});

function expandCapabilities(
  written: readonly z.output<typeof capability>[],
  technologies: readonly string[],
  context: Context,
): Capability[] {
  if (written.length === 0 && technologies.length > 0) {
    fault(context, ['technologies'], 'are added to each capability, and there is none: add "capabilities"');
  }
  const seen = new Set<string>();
  return written.map((one, index) => {
    const own = typeof one === 'string' ? { name: one, proficiency: 1, technologies: [] } : one;
    if (seen.has(own.name)) fault(context, ['capabilities', index], `the capability "${own.name}" is there twice`);
    seen.add(own.name);
    return { ...own, technologies: [...new Set([...own.technologies, ...technologies])] };
  });
}

function expandModels(written: readonly (string | z.output<typeof modelOption>)[], context: Context): ModelOption[] {
  const seen = new Set<string>();
  return written.map((one, index) => {
    const model = typeof one === 'string' ? { name: one } : one;
    // What is learnt of both would be the same.
    const name = knownAs(model.name);
    if (seen.has(name)) fault(context, ['models', index], `the model "${name}" is there twice`);
    seen.add(name);
    return model;
  });
}

function fault(context: Context, path: readonly (string | number)[], message: string): void {
  context.issues.push({ code: 'custom', path: [...path], message, input: undefined });
}
