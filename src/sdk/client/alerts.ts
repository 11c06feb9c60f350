import { allRows, eachRow, wholeList } from './each-row';
import type { CallOptions, ChangeOptions, IfMatchOptions } from './options';
import type { Requester } from './requester';
import type { Alert, AlertDelivery, AlertEvent, AlertRule } from './types';
import { urlPath } from './url-path';

/** Limits of metrics that the workspace wants to hear of. Who is told: webhooks of the type `alert`. */
export class Alerts {
  constructor(private readonly api: Requester) {}

  /** With what the latest sweep measured. */
  list(options?: CallOptions): Promise<Alert[]> {
    return allRows(this.api, '/v1/alerts', 'alerts', wholeList, options);
  }

  /** Rejects with ALERT_NOT_FOUND. */
  get(name: string, options?: CallOptions): Promise<Alert> {
    return this.api.send({ method: 'GET', path: urlPath`/v1/alerts/${name}` }, options);
  }

  /** In place of the rule of that name, which begins anew. Rejects with INPUT_INVALID and PRECONDITION_FAILED. */
  set(name: string, rule: AlertRule, options?: IfMatchOptions): Promise<Alert> {
    return this.api.send({ method: 'PUT', path: urlPath`/v1/alerts/${name}`, body: rule }, options);
  }

  async remove(name: string, options?: IfMatchOptions): Promise<void> {
    await this.api.send({ method: 'DELETE', path: urlPath`/v1/alerts/${name}` }, options);
  }

  /** Somebody sees to it: it is not told again until it has cleared. Rejects with ALERT_NOT_FOUND, or ALERT_NOT_RAISED. */
  acknowledge(name: string, said: { note?: string } = {}, options?: ChangeOptions): Promise<Alert> {
    return this.api.send({ method: 'POST', path: urlPath`/v1/alerts/${name}/acknowledge`, body: said }, options);
  }

  /** What was raised, acknowledged and cleared, the latest first, and who was told. */
  history(filter: { limit?: number } = {}, options?: CallOptions): Promise<AlertEvent[]> {
    const operation = { method: 'GET' as const, path: '/v1/alerts/history', query: filter };
    return this.api.send<{ events: AlertEvent[] }>(operation, options).then(({ events }) => events);
  }

  /** All of that, page by page. */
  eachEvent(filter: { limit?: number } = {}, options?: CallOptions): AsyncGenerator<AlertEvent> {
    return eachRow(this.api, '/v1/alerts/history', 'events', filter, options);
  }

  /** Sends a message to all receivers, or to one, now. */
  test(webhook?: string, options?: ChangeOptions): Promise<AlertDelivery[]> {
    const operation = { method: 'POST' as const, path: '/v1/alerts/test', body: { webhook } };
    return this.api.send<{ deliveries: AlertDelivery[] }>(operation, options).then(({ deliveries }) => deliveries);
  }
}
