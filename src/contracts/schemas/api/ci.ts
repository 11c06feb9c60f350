import { z } from 'zod';
import { agentName, name, strictObject } from '../plan-fields';
import { anyObject } from './common';
import { planSource } from './session';

const maxAgents = 20;

/** What a pipeline runs a plan, or agents, for. */
export const ciTrigger = strictObject({
  repository: z
    .string()
    .regex(/^[\w.-]+(\/[\w.-]+)+$/, 'must be a repository such as ada/engine')
    .max(300)
    .describe('Such as ada/engine.'),
  branch: z.string().min(1).max(300),
  commit: z
    .string()
    .regex(/^[0-9a-f]{7,64}$/i, 'must be the hash of a commit: 7 to 64 hexadecimal digits')
    .describe('Hash of the commit.'),
  pullRequest: z.int().min(1).exactOptional().describe('Number of the pull request.'),
  plan: planSource.plan.exactOptional().describe('The plan; or say `agents`.'),
  files: planSource.files,
  agents: z
    .array(agentName)
    .min(1)
    .max(maxAgents)
    .exactOptional()
    .describe('Agents of the registry, each of which looks at the commit; or give a `plan`.'),
  type: name.default('ci').describe('With agents: what kind of task it is. Default ci.'),
  prompt: z.string().max(100_000).exactOptional().describe('With agents: what they are asked to do, as it stands.'),
  inputs: anyObject
    .default({})
    .describe('Further inputs of the plan. Those named repository, branch, commit and pullRequest are filled in.'),
})
  .superRefine(({ plan, agents, prompt }, context) => {
    if ((plan === undefined) === (agents === undefined)) {
      context.addIssue({ code: 'custom', path: ['plan'], message: 'give either a plan or agents' });
    }
    if (plan !== undefined && prompt !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['prompt'],
        message: 'goes with agents: a plan has prompts of its own',
      });
    }
  })
  // The same in the words of JSON Schema: what zod makes of it says nothing of fields that exclude each other.
  .meta({
    anyOf: [
      { required: ['plan'], not: { anyOf: [{ required: ['agents'] }, { required: ['prompt'] }] } },
      { required: ['agents'], not: { required: ['plan'] } },
    ],
  });
