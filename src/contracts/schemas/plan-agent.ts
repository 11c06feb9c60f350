import { z } from 'zod';
import { isRemoteConnector } from '../../domain/agents/agent';
import type { AgentSpec } from '../../domain/plan/plan';
import { a2aSettings, commandSettings, httpSettings, moduleSettings, simulatedSettings } from './connector-settings';
import { agentTypeName, costRates, name, strictObject } from './plan-fields';

const common = {
  type: agentTypeName,
  capabilities: z.array(name).default([]).describe('What the agent can do, e.g. code.write. Tasks may ask for it.'),
  technologies: z.array(name).default([]).describe('What it knows, e.g. typescript.'),
  tags: z.array(name).default([]).describe('Free words to choose it by.'),
  maxConcurrent: z
    .int()
    .min(1)
    .exactOptional()
    .describe('Attempts of it in flight at once in one session. Default: no limit but that of the session.'),
  cost: costRates.exactOptional(),
};

/** Of agents that can run in the process that takes the turns. */
const inlineSetting = {
  inline: z
    .literal(true)
    .exactOptional()
    .describe('Its attempts take milliseconds: they run inside the turn, without a worker of their own.'),
};

/** Whoever comes for work has to be known, and to have a token. */
function registeredOnly(issue: z.core.$ZodRawIssue): string | undefined {
  const written = (issue.input as { connector?: unknown } | null | undefined)?.connector;
  if (issue.code !== 'invalid_union' || typeof written !== 'string' || !isRemoteConnector(written)) return undefined;
  return 'must be one of command, http, a2a, function, simulated; remote agents are registered with `orchestra agents add`, and found by their name or by what they can do';
}

const agentUnion = z
  .discriminatedUnion(
    'connector',
    [
      strictObject({ ...commandSettings, ...common }),
      strictObject({ ...httpSettings, ...common, ...inlineSetting }),
      strictObject({ ...a2aSettings, ...common }),
      strictObject({ ...moduleSettings, ...common, ...inlineSetting }),
      strictObject({ ...simulatedSettings, ...common, ...inlineSetting }),
    ],
    { error: registeredOnly },
  )
  .describe('Something that does tasks.');

/** An inline agent; becomes an AgentSpec. */
export const agentSchema: z.ZodType<AgentSpec, z.input<typeof agentUnion>> = agentUnion;
