import { z } from 'zod';
import { webhookTypes } from '../../../domain/webhooks/message';
import { duration, name, strictObject } from '../plan-fields';
import { etag, id, links, next, pageOf, time } from './common';

export const webhookPath = z.object({ webhook: id.describe('Name of a webhook.') });
export const deliveryPath = webhookPath.extend({ delivery: id.describe('Id of its message.') });

const url = z
  .string()
  .max(2_000)
  // No blanks, no controls, no @.
  .regex(/^https?:\/\/[!-?A-~\u00A1-\uFFFF]+$/, 'must be an http or https address without a password')
  .describe('Where messages are sent. Private addresses are refused, unless the installation allows them.');
const types = z.array(z.enum(webhookTypes)).min(1).describe('What it hears of.');
const secret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'must be whsec_ and at least 24 bytes as base64')
  .exactOptional()
  .describe('whsec_ and base64; made where it is absent.');

export const newWebhook = strictObject({ name, url, types, secret });
export const changedWebhook = strictObject({
  url: url.exactOptional(),
  types: types.exactOptional(),
  enabled: z.boolean().exactOptional().describe('Whether anything is sent to it.'),
});
export const rotation = strictObject({
  secret,
  overlap: duration('So long the present secret signs as well. Default 24h.', 0).default(86_400_000),
});

export const webhook = z
  .object({
    name: z.string(),
    url: z.string(),
    types: z.array(z.enum(webhookTypes)),
    enabled: z.boolean(),
    goneAt: time
      .nullable()
      .describe(
        'When it answered 410, which switched it off; null where it did not, or somebody has said since whether it is on.',
      ),
    createdAt: time,
    previousUntil: time.nullable().describe('Until when the secret before the present one signs as well.'),
    etag,
  })
  .meta({ id: 'Webhook' });
export const webhookWithSecret = webhook
  .extend({ secret: z.string().nullable().describe('Shown once: null in the answer to a repeated request.') })
  .meta({ id: 'NewWebhook' });
export const webhookList = z.object({ webhooks: z.array(webhook), next });
export const webhookNamed = z.object({ name: z.string() });

export const deliveryQuery = z.object(pageOf(50, 500));
export const delivery = z
  .object({
    id: z.string().describe('Of the message: the same in all tries.'),
    type: z.string(),
    at: time,
    status: z.enum(['pending', 'delivered', 'given-up']),
    tries: z.int(),
    nextAt: time.nullable(),
    answer: z.string().nullable().describe('What it answered last, or why there is no answer.'),
  })
  .meta({ id: 'Delivery' });
export const deliveryList = z.object({ deliveries: z.array(delivery), next });
export const redelivery = z.object({ id: z.string(), links });
