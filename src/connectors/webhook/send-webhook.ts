import { isIP } from 'node:net';
import type { SendWebhook } from '../../contracts/ports/webhook-store';
import { alertPayload } from '../../domain/alerts/alert-event';
import { errorCode } from '../error-code';
import { parseAddress } from '../http/address';
import { exchange } from '../http/exchange';
import { isPrivateAddress, publicLookup } from './private-address';
import { signedHeaders } from './sign';

export interface WebhookOptions {
  /** Whether receivers may be on the machine or in its network. */
  allowPrivate: boolean;
  timeLimitMs: number;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Of an answer: nobody reads it. */
const answerLimitBytes = 16_384;

/** One POST a message. Redirects are not followed: they would lead where nobody has looked. */
export function createWebhookSender({ allowPrivate, timeLimitMs, now }: WebhookOptions): SendWebhook {
  return async ({ event, webhook }) => {
    const { secret } = webhook;
    if (secret === null) return { problem: 'its secret cannot be decrypted' };
    const url = parseAddress(webhook.url);
    if (!url) return { problem: 'its url is no http or https address' };
    const host = url.hostname.replace(/^\[|\]$/g, '');
    // Node asks nobody for the address where the host is one.
    if (!allowPrivate && isIP(host) !== 0 && isPrivateAddress(host)) return { problem: 'PRIVATE_ADDRESS' };
    const body = JSON.stringify(alertPayload(webhook.workspace, event));
    try {
      const { status } = await exchange({
        method: 'POST',
        url,
        headers: {
          'content-type': 'application/json',
          ...signedHeaders(secret, event.id, Math.floor(now() / 1_000), body),
        },
        body,
        limitBytes: answerLimitBytes,
        signal: AbortSignal.timeout(timeLimitMs),
        ...(!allowPrivate && { lookup: publicLookup }),
      });
      return { status };
    } catch (error) {
      return { problem: errorCode(error) };
    }
  };
}
