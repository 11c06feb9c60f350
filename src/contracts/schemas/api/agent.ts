import { z } from 'zod';
import { memoryKinds } from '../../../domain/memory/memory';
import { strictObject } from '../plan-fields';
import { anyObject, etag, id, next, pageOf, time } from './common';

export const agentPath = z.object({
  agent: id.describe('Name of an agent; `workspace/name`, encoded, for one that another workspace shares.'),
});
export const ownAgentPath = z.object({ agent: id.describe('Name of an agent of the workspace.') });

export const agent = z
  .object({
    name: z.string(),
    workspace: z.string(),
    description: z.string().nullable(),
    type: z.string(),
    status: z.enum(['draining', 'offline', 'error', 'busy', 'online']),
    capabilities: z.array(z.object({ name: z.string(), proficiency: z.number(), technologies: z.array(z.string()) })),
    tags: z.array(z.string()),
    maxConcurrent: z.int(),
    running: z.int().describe('Attempts in flight.'),
    record: z.object({ succeeded: z.number(), failed: z.number() }),
    cost: z.object({ perAttemptUsd: z.number().optional(), perHourUsd: z.number().optional() }),
    shared: z.boolean(),
    draining: z.boolean(),
    lastSeenAt: time.nullable(),
    why: z.string().nullable().describe('Why it gets no work, where its circuit breaker is not closed.'),
    revision: z.int(),
    createdAt: time,
    updatedAt: time,
    etag,
  })
  .meta({ id: 'Agent' });

export const agentWithDefinition = agent
  .extend({ definition: anyObject.nullable().describe('As it was registered; null for one of another workspace.') })
  .meta({ id: 'AgentWithDefinition' });

export const agentQuery = z.object({
  query: z.string().optional().describe('Words that must be found in it.'),
  capability: z.string().optional(),
  technology: z.string().optional(),
  tag: z.string().optional(),
  type: z.string().optional(),
  ...pageOf(50, 500),
});
export const agentPage = z.object({ agents: z.array(agent), next });

export const agentState = z.object({ name: z.string(), status: agent.shape.status });
export const quarantineRequest = strictObject({ why: z.string().min(1).max(500).describe('For those who see it.') });

export const memoryPath = agentPath.extend({ memory: id });
export const memoryQuery = z.object({
  query: z
    .string()
    .optional()
    .describe('Words, "words in a row", or, and - before words that must not be there. What fits best is one page.'),
  ...pageOf(50, 1_000),
});
export const memory = z
  .object({
    id: z.string(),
    kind: z.enum(memoryKinds),
    text: z.string(),
    createdAt: time,
    recalled: z.int(),
    recalledAt: time.nullable(),
  })
  .meta({ id: 'Memory' });
export const memoryList = z.object({ memories: z.array(memory), next });
export const forgottenMemories = z.object({ forgotten: z.int() });
export const agentInsights = z.object({
  performance: z
    .object({
      record: agent.shape.record,
      expected: z
        .array(anyObject)
        .describe('What routing predicts of it in the types of tasks that it has done most: success, time, cost.'),
      unusual: z
        .array(z.object({ since: time, why: z.string() }))
        .describe('In what it is unlike its past; of another workspace, nothing.'),
    })
    .describe('How it does.'),
  capabilities: agent.shape.capabilities,
  relationships: anyObject,
  proficiencySteps: z.array(anyObject).describe('How outcomes changed what it is taken to be good at, latest first.'),
  events: z.array(anyObject).describe('What became of it, latest first.'),
  insights: z.array(anyObject).describe('What outcomes show of it, the surest first.'),
  memories: z.array(memory).describe('What it remembers of its work for the workspace, newest first.'),
  recommendations: z
    .array(
      z.object({
        from: z.enum(['proposal', 'insight']).describe('A proposal can be applied by its id.'),
        id: z.string(),
        says: z.string(),
        advice: z.string().nullable(),
      }),
    )
    .describe(
      'What could be done about it: what was proposed lately, and insights that say what had better be otherwise.',
    ),
});

export const newMemory = strictObject({
  kind: z.enum(memoryKinds).default('fact'),
  text: z.string().min(1).max(4_000),
});
