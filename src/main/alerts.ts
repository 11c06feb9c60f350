import { deliverAlerts } from '../activities/alerts/deliver-alerts';
import type { Alerts } from '../cli/ports';
import type { AlertHistoryEntry } from '../contracts/ports/alert-store';
import type { Installation } from './installation';
import { newWebhookSecret } from './webhook-secret';
import { webhookSender } from './webhook-sender';

/** Alerts of the workspace of the process. */
export function alertsOf({ alerts, webhooks, configuration }: Installation): Alerts {
  const { workspace } = configuration;
  return {
    list: () => alerts.list(workspace),
    set: async (rule) => void (await alerts.set(workspace, rule)),
    remove: (name) => alerts.remove(workspace, name),
    acknowledge: (name, who) => alerts.acknowledge(workspace, name, who),
    history: (limit) => alerts.history(workspace, limit),
    webhooks: () => webhooks.list(workspace),
    setWebhook: async ({ name, url, secret = newWebhookSecret() }) => {
      await webhooks.set({ workspace, name, url, secret });
      return secret;
    },
    removeWebhook: (name) => webhooks.remove(workspace, name),
    test: (webhook) => testAlerts({ alerts, webhooks, configuration }, workspace, webhook),
  };
}

/** Sends a message to all receivers of alerts of the workspace, or one, now; one for a `seed`, which is of the request. Throws ALERT_NOT_FOUND. */
export async function testAlerts(
  { alerts, webhooks, configuration }: Pick<Installation, 'alerts' | 'webhooks' | 'configuration'>,
  workspace: string,
  webhook?: string,
  seed?: string,
): Promise<AlertHistoryEntry['deliveries']> {
  const id = await webhooks.addTest(workspace, webhook, seed);
  await deliverAlerts({ webhooks, send: webhookSender(configuration) }, { workspace, id });
  return alerts.told(workspace, id);
}
