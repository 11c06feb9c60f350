import type { SendMessage, WebhookMessages } from '../contracts/ports/webhook-messages';
import { lookWhenWoken } from './look-when-woken';
import type { WokenLook } from './look-when-woken';

export interface WebhookKeeperDependencies {
  messages: Pick<WebhookMessages, 'take' | 'answered' | 'nextDueInMs' | 'forgetOld'>;
  send: SendMessage;
  onError(error: unknown): void;
}

/** Messages that are under way at once. */
const atOnce = 50;

const forgetEveryMs = 3_600_000;

/** Sends what is due to receivers, woken by PostgreSQL and by the pauses between tries. */
export function startWebhookKeeper(
  { messages, send, onError }: WebhookKeeperDependencies,
  { recheckMs, now }: { recheckMs: number; now(): number },
): WokenLook {
  let forgottenAt = -Infinity;
  return lookWhenWoken(async () => {
    const due = await messages.take(atOnce);
    await Promise.all(due.map(async (delivery) => messages.answered(delivery, await send(delivery))));
    if (now() - forgottenAt > forgetEveryMs) {
      await messages.forgetOld();
      forgottenAt = now();
    }
    return due.length === atOnce ? 0 : Math.min(recheckMs, (await messages.nextDueInMs()) ?? recheckMs);
  }, onError);
}
