import type { SendMessage } from '../../contracts/ports/webhook-messages';
import type { SendWebhook } from '../../contracts/ports/webhook-store';
import { alertPayload } from '../../domain/alerts/alert-event';
import { messagePayload } from '../../domain/webhooks/message';
import { postSigned } from './post-signed';
import type { WebhookOptions } from './post-signed';

/** Of alerts. */
export function createWebhookSender(options: WebhookOptions): SendWebhook {
  return ({ event, webhook: { workspace, url, secrets } }) => {
    const body = JSON.stringify(alertPayload(workspace, event));
    return postSigned(options, { id: event.id, address: url, secrets, body });
  };
}

/** Of what happens in sessions. */
export function createMessageSender(options: WebhookOptions): SendMessage {
  return ({ workspace, message, url, secrets }) => {
    const body = JSON.stringify(messagePayload(workspace, message));
    return postSigned(options, { id: message.id, address: url, secrets, body });
  };
}
