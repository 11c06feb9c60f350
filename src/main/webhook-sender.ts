import { createMessageSender, createWebhookSender } from '../connectors/webhook/send-webhook';
import type { SendMessage } from '../contracts/ports/webhook-messages';
import type { SendWebhook } from '../contracts/ports/webhook-store';
import { answerWithinMs as timeLimitMs } from '../domain/alerts/delivery';
import type { Configuration } from './configuration';

/** Of alerts. */
export function webhookSender({ privateWebhooks }: Configuration): SendWebhook {
  return createWebhookSender({ allowPrivate: privateWebhooks, timeLimitMs, now: Date.now });
}

/** Of what happens in sessions. */
export function messageSender({ privateWebhooks }: Configuration): SendMessage {
  return createMessageSender({ allowPrivate: privateWebhooks, timeLimitMs, now: Date.now });
}
