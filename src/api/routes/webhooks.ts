import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { DeliveryOverview, WebhookOverview } from '../../contracts/ports/webhook-messages';
import { isoTime, pageQuery } from '../../contracts/schemas/api/common';
import { emptyRequest } from '../../contracts/schemas/api/session';
import {
  changedWebhook,
  delivery as deliverySchema,
  deliveryList,
  deliveryPath,
  deliveryQuery,
  newWebhook,
  redelivery,
  rotation,
  webhook as webhookSchema,
  webhookList,
  webhookNamed,
  webhookPath,
  webhookWithSecret,
} from '../../contracts/schemas/api/webhook';
import { webhookEtag } from '../../contracts/schemas/etags';
import { OrchestraError } from '../../domain/errors';
import type { Gateway } from '../gateway';
import { PagedList, part } from '../paged-list';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Webhooks';
const byName = new PagedList('webhooks', z.tuple([part.text]), ({ name }: WebhookOverview) => [name]);
const latestDeliveries = new PagedList(
  'deliveries',
  z.tuple([part.time, part.text]),
  ({ at, id }: DeliveryOverview) => [at, id],
);
const errors = ['WEBHOOK_NOT_FOUND'] as const;

/** Who is told of what happens, by signed requests. */
export function webhookRoutes({ webhooks }: Gateway): AnyRoute[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/v1/webhooks',
      tag,
      summary: 'Have a receiver told of what happens; its secret is shown once.',
      body: newWebhook,
      answer: webhookWithSecret,
      withoutSecrets: (answer) => ({ ...answer, secret: null }),
      statuses: [201],
      errors: ['WEBHOOK_EXISTS'],
      handle: async ({ body: { secret = newSecret(), ...body }, principal: { workspace }, seed }) => {
        const kept = await webhooks.add(workspace, { ...body, secret }, seed);
        if (kept === undefined) {
          throw new OrchestraError(
            'WEBHOOK_EXISTS',
            `There is a webhook "${body.name}" already. Change that one, or choose another name.`,
          );
        }
        const added = present(await webhooks.get(workspace, body.name));
        return { body: { ...added, secret: kept }, location: webhookUrl(body.name) };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/webhooks',
      tag,
      summary: 'List the receivers.',
      query: pageQuery,
      answer: webhookList,
      handle: async ({ query, principal }) => {
        const { rows, next } = await byName.page(query, (page) => webhooks.list(principal.workspace, page));
        return { body: { webhooks: rows.map(present), next } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/webhooks/{webhook}',
      tag,
      summary: 'Show a receiver.',
      path: webhookPath,
      answer: webhookSchema,
      errors,
      handle: async ({ path, principal }) => ({ body: present(await webhooks.get(principal.workspace, path.webhook)) }),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/v1/webhooks/{webhook}',
      tag,
      summary: 'Change where it is, what it hears of, or whether anything is sent to it.',
      path: webhookPath,
      body: changedWebhook,
      answer: webhookSchema,
      errors: [...errors, 'PRECONDITION_FAILED'],
      handle: async ({ path, body, principal: { workspace }, ifMatch }) => {
        await webhooks.change(workspace, path.webhook, body, ifMatch);
        return { body: present(await webhooks.get(workspace, path.webhook)) };
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/v1/webhooks/{webhook}',
      tag,
      summary: 'Remove a receiver, with what is still to be sent to it.',
      path: webhookPath,
      answer: webhookNamed,
      statuses: [204],
      errors: [...errors, 'PRECONDITION_FAILED'],
      handle: async ({ path, principal, ifMatch }) => {
        await webhooks.remove(principal.workspace, path.webhook, ifMatch);
        return { body: { name: path.webhook } };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/webhooks/{webhook}/rotate',
      tag,
      summary: 'Give it another secret; for a while both sign.',
      path: webhookPath,
      body: rotation,
      answer: webhookWithSecret,
      withoutSecrets: (answer) => ({ ...answer, secret: null }),
      errors,
      handle: async ({ path, body: { secret = newSecret(), overlap }, principal: { workspace }, seed }) => {
        await webhooks.rotate(workspace, path.webhook, secret, overlap, seed);
        return { body: { ...present(await webhooks.get(workspace, path.webhook)), secret } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/webhooks/{webhook}/deliveries',
      tag,
      summary: 'What it was sent, the latest first, alerts as well.',
      path: webhookPath,
      query: deliveryQuery,
      answer: deliveryList,
      errors,
      handle: async ({ path, query, principal }) => {
        const { rows, next } = await latestDeliveries.page(query, ({ limit, after }) =>
          webhooks.deliveries(principal.workspace, path.webhook, limit, after),
        );
        return { body: { deliveries: rows.map(presentDelivery), next } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/webhooks/{webhook}/deliveries/{delivery}',
      tag,
      summary: 'Whether a message was delivered, and what was answered last.',
      path: deliveryPath,
      answer: deliverySchema,
      errors: [...errors, 'DELIVERY_NOT_FOUND'],
      handle: async ({ path: { webhook, delivery }, principal: { workspace } }) => ({
        body: presentDelivery(await webhooks.delivery(workspace, webhook, delivery)),
      }),
    }),
    defineRoute({
      method: 'POST',
      url: '/v1/webhooks/{webhook}/deliveries/{delivery}/redeliver',
      tag,
      summary: 'Send a message again, with the same id.',
      path: deliveryPath,
      body: emptyRequest,
      answer: redelivery,
      statuses: [202],
      errors: [...errors, 'DELIVERY_NOT_FOUND'],
      handle: async ({ path, principal, seed }) => {
        await webhooks.redeliver(principal.workspace, path.webhook, path.delivery, seed);
        const receiver = webhookUrl(path.webhook);
        const deliveries = `${receiver}/deliveries`;
        const self = `${deliveries}/${encodeURIComponent(path.delivery)}`;
        return { body: { id: path.delivery, links: { self, deliveries, webhook: receiver } }, location: self };
      },
    }),
  ];
}

/** As many bytes as Standard Webhooks recommends at least. */
function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

function webhookUrl(name: string): string {
  return `/v1/webhooks/${encodeURIComponent(name)}`;
}

function presentDelivery({ at, nextAt, ...delivery }: DeliveryOverview): z.input<typeof deliverySchema> {
  return { ...delivery, at: isoTime(at), nextAt: isoTime(nextAt) };
}

function present(webhook: WebhookOverview): z.input<typeof webhookSchema> {
  const { goneAt, createdAt, previousUntil, ...rest } = webhook;
  return {
    ...rest,
    goneAt: isoTime(goneAt),
    createdAt: isoTime(createdAt),
    previousUntil: isoTime(previousUntil),
    etag: webhookEtag(webhook),
  };
}
