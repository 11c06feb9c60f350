import { isIP } from 'node:net';
import type { DeliveryAnswer } from '../../domain/alerts/delivery';
import { errorCode } from '../error-code';
import { parseAddress } from '../http/address';
import { exchange } from '../http/exchange';
import { parseRetryAfterMs } from '../http/retry-after';
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

/** One POST, signed with each of the secrets; never rejects. Redirects are not followed: they would lead where nobody has looked. */
export async function postSigned(
  { allowPrivate, timeLimitMs, now }: WebhookOptions,
  { id, address, secrets, body }: { id: string; address: string; secrets: readonly string[]; body: string },
): Promise<DeliveryAnswer> {
  if (secrets.length === 0) return { problem: 'its secret cannot be decrypted' };
  const url = parseAddress(address);
  if (!url) return { problem: 'its url is no http or https address' };
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Node asks nobody for the address where the host is one.
  if (!allowPrivate && isIP(host) !== 0 && isPrivateAddress(host)) return { problem: 'PRIVATE_ADDRESS' };
  try {
    const { status, headers } = await exchange({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        ...signedHeaders(secrets, id, Math.floor(now() / 1_000), body),
      },
      body,
      limitBytes: answerLimitBytes,
      signal: AbortSignal.timeout(timeLimitMs),
      ...(!allowPrivate && { lookup: publicLookup }),
    });
    const retryAfterMs = parseRetryAfterMs(headers['retry-after'], now());
    return { status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  } catch (error) {
    return { problem: errorCode(error) };
  }
}
