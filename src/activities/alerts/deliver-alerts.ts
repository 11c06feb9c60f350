import type { SendWebhook, WebhookStore } from '../../contracts/ports/webhook-store';

export interface DeliveryDependencies {
  webhooks: Pick<WebhookStore, 'take' | 'answered'>;
  send: SendWebhook;
}

/** Messages that are under way at once; more wait for the next sweep. */
const perSweep = 50;

/**
 * Sends what is due, all at once; resolves with how many messages those were. One that is killed before it heard the answer is sent again after its
 * pause, under the same id.
 */
export async function deliverAlerts(
  { webhooks, send }: DeliveryDependencies,
  event?: { workspace: string; id: string },
): Promise<number> {
  const due = await webhooks.take(perSweep, event);
  await Promise.all(due.map(async (delivery) => webhooks.answered(delivery, await send(delivery))));
  return due.length;
}
