import { createWebhookSender } from '../connectors/webhook/send-webhook';
import type { SendWebhook } from '../contracts/ports/webhook-store';
import type { Configuration } from './configuration';

/** For a receiver of alerts to answer. */
const timeLimitMs = 5_000;

export function webhookSender({ privateWebhooks }: Configuration): SendWebhook {
  return createWebhookSender({ allowPrivate: privateWebhooks, timeLimitMs, now: Date.now });
}
