import { allRows, eachRow, wholeList } from './each-row';
import type { CallOptions, ChangeOptions, IfMatchOptions } from './options';
import type { Requester } from './requester';
import type { ChangedWebhook, Delivery, NewWebhook, SecretRotation, Webhook, WebhookWithSecret } from './types';
import { urlPath } from './url-path';

/** Receivers that are told of what happens. */
export class Webhooks {
  constructor(private readonly api: Requester) {}

  list(options?: CallOptions): Promise<Webhook[]> {
    return allRows(this.api, '/v1/webhooks', 'webhooks', wholeList, options);
  }

  /** The answer is the only place where a secret stands that was made for it. */
  create(webhook: NewWebhook, options?: ChangeOptions): Promise<WebhookWithSecret> {
    return this.api.send({ method: 'POST', path: '/v1/webhooks', body: webhook }, options);
  }

  get(name: string, options?: CallOptions): Promise<Webhook> {
    return this.api.send({ method: 'GET', path: urlPath`/v1/webhooks/${name}` }, options);
  }

  change(name: string, change: ChangedWebhook, options?: IfMatchOptions): Promise<Webhook> {
    return this.api.send({ method: 'PATCH', path: urlPath`/v1/webhooks/${name}`, body: change }, options);
  }

  /** With what is still to be sent to it. */
  async remove(name: string, options?: IfMatchOptions): Promise<void> {
    await this.api.send({ method: 'DELETE', path: urlPath`/v1/webhooks/${name}` }, options);
  }

  /** Gives it another secret; for a while both sign. */
  rotate(name: string, rotation: SecretRotation = {}, options?: ChangeOptions): Promise<WebhookWithSecret> {
    return this.api.send({ method: 'POST', path: urlPath`/v1/webhooks/${name}/rotate`, body: rotation }, options);
  }

  /** What it was sent, the latest first. */
  deliveries(name: string, filter: { limit?: number } = {}, options?: CallOptions): Promise<Delivery[]> {
    const operation = { method: 'GET' as const, path: urlPath`/v1/webhooks/${name}/deliveries`, query: filter };
    return this.api.send<{ deliveries: Delivery[] }>(operation, options).then(({ deliveries }) => deliveries);
  }

  /** All of that, page by page. */
  eachDelivery(name: string, filter: { limit?: number } = {}, options?: CallOptions): AsyncGenerator<Delivery> {
    return eachRow(this.api, urlPath`/v1/webhooks/${name}/deliveries`, 'deliveries', filter, options);
  }

  /** Whether a message was delivered, and what was answered last. */
  delivery(name: string, id: string, options?: CallOptions): Promise<Delivery> {
    return this.api.send({ method: 'GET', path: urlPath`/v1/webhooks/${name}/deliveries/${id}` }, options);
  }

  /** Sends a message again, with the same id: `delivery` tells whether it has come. */
  async redeliver(name: string, delivery: string, options?: ChangeOptions): Promise<void> {
    const path = urlPath`/v1/webhooks/${name}/deliveries/${delivery}/redeliver`;
    await this.api.send({ method: 'POST', path, body: {} }, options);
  }
}
