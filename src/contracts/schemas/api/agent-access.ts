import { z } from 'zod';
import { AgentEventKind } from '../../../domain/health/agent-event';
import { recoveryActions } from '../../../domain/health/recovery';
import { duration, identifier, strictObject } from '../plan-fields';
import { ownAgentPath } from './agent';
import { links, next, pageOf, time } from './common';

// Tokens by which agents come for their work.

export const agentTokenPath = ownAgentPath.extend({
  token: z.string().min(1).max(100).describe('Id of a token, which is no secret.'),
});
export const newAgentToken = strictObject({
  expiresIn: duration('How long it is valid, such as 30d. Default: for ever.').exactOptional(),
});
const agentToken = z.object({ id: z.string(), agent: z.string(), createdAt: time, expiresAt: time.nullable() });
export const agentTokens = z.object({ tokens: z.array(agentToken) });
export const agentTokenPage = agentTokens.extend({ next });
export const madeAgentToken = z.object({
  id: z.string(),
  agent: z.string(),
  expiresAt: time.nullable(),
  token: z.string().nullable().describe('Shown once: null in the answer to a repeated request.'),
});

// Values that agents refer to as ${{ secrets.NAME }}.

/** What an environment variable of a program can take on every system, with room to spare. */
const maxValueBytes = 65_536;

export const agentSecretPath = ownAgentPath.extend({ secret: identifier.describe('Name of a secret.') });
export const secretValue = strictObject({
  value: z
    .string()
    .min(1)
    .refine(
      (text) => new TextEncoder().encode(text).length <= maxValueBytes,
      `must have at most ${maxValueBytes} bytes`,
    )
    .refine((text) => !text.includes('\0'), 'must not hold the character NUL')
    .describe('Kept encrypted, and never shown.'),
});
export const agentSecrets = z.object({
  secrets: z.array(z.object({ name: z.string(), keyId: z.string().describe('Of the key that it is encrypted with.') })),
});
export const agentSecretPage = agentSecrets.extend({ next });
export const rotatedSecrets = z.object({ rotated: z.int().describe('How many had another key.') });

// What became of an agent, and what is done about it.

export const agentEventQuery = z.object(pageOf(50, 1_000));
export const agentEvents = z.object({
  events: z.array(
    z.object({
      nr: z.int().describe('Higher for what came later.'),
      at: time,
      kind: z.enum(AgentEventKind),
      by: z.string(),
      why: z.string().nullable(),
    }),
  ),
  next,
});

const action = z.enum(recoveryActions);
export const recoveryPath = ownAgentPath.extend({
  recovery: z
    .string()
    .regex(/^\d{1,18}$/, 'must be the id of a recovery, a number')
    .describe('Id of a recovery.'),
});
export const recoveryOptions = z.object({
  actions: z.array(
    z.object({
      action,
      says: z.string().describe('What is done, or why it cannot be.'),
      isPossible: z.boolean(),
      automatic: z.boolean().describe('Whether it is done by itself as well.'),
    }),
  ),
});
export const newRecovery = strictObject({
  action,
  why: z.string().min(1).max(500).exactOptional().describe('For those who see it.'),
});
export const recovery = z
  .object({
    id: z.string().nullable().describe('Null of what is done at once: drain, quarantine and alert.'),
    action,
    status: z
      .enum(['open', 'succeeded', 'failed'])
      .describe('`open` until a worker has done it; none begins after five minutes.'),
    detail: z.string().nullable(),
    links,
  })
  .meta({ id: 'Recovery' });
