import { createMessageSender, createWebhookSender } from '../connectors/webhook/send-webhook';
import type { SendMessage } from '../contracts/ports/webhook-messages';
import type { SendWebhook } from '../contracts/ports/webhook-store';
import type { Configuration } from './configuration';

/** For a receiver to answer. */
const timeLimitMs = 5_000;

/** Of alerts. */
export function webhookSender({ privateWebhooks }: Configuration): SendWebhook {
  return createWebhookSender({ allowPrivate: privateWebhooks, timeLimitMs, now: Date.now });
}

/** Of what happens in sessions. */
export function messageSender({ privateWebhooks }: Configuration): SendMessage {
  return createMessageSender({ allowPrivate: privateWebhooks, timeLimitMs, now: Date.now });
}
