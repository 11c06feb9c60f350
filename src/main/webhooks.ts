import type { Webhooks } from '../cli/ports';
import { OrchestraError } from '../domain/errors';
import type { Installation } from './installation';
import { newWebhookSecret } from './webhook-secret';

/** Receivers of the workspace of the process. */
export function webhooksOf({ webhookMessages, configuration }: Installation): Webhooks {
  const { workspace } = configuration;
  return {
    add: async (webhook) => {
      const secret = await webhookMessages.add(workspace, { ...webhook, secret: newWebhookSecret() });
      if (secret !== undefined) return secret;
      throw new OrchestraError(
        'WEBHOOK_EXISTS',
        `There is a webhook "${webhook.name}" already. Remove that one, or choose another name.`,
      );
    },
    list: () => webhookMessages.list(workspace),
    remove: (name) => webhookMessages.remove(workspace, name),
    setEnabled: (name, enabled) => webhookMessages.change(workspace, name, { enabled }),
    rotate: async (name, overlapMs) => {
      const secret = newWebhookSecret();
      await webhookMessages.rotate(workspace, name, secret, overlapMs);
      return secret;
    },
    deliveries: (name, limit) => webhookMessages.deliveries(workspace, name, limit),
    redeliver: (name, message) => webhookMessages.redeliver(workspace, name, message),
  };
}
