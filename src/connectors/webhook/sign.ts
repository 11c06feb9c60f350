import { createHmac } from 'node:crypto';

const secretPrefix = 'whsec_';

/**
 * The headers of Standard Webhooks (https://www.standardwebhooks.com): a signature by each of the secrets, of which a receiver needs to know one.
 * `seconds`: since 1970, of this try.
 */
export function signedHeaders(
  secrets: readonly string[],
  id: string,
  seconds: number,
  body: string,
): Record<string, string> {
  const signatures = secrets.map((secret) => `v1,${signatureOf(secret, `${id}.${seconds}.${body}`)}`);
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signatures.join(' ') };
}

function signatureOf(secret: string, signed: string): string {
  const key = Buffer.from(secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret, 'base64');
  return createHmac('sha256', key).update(signed).digest('base64');
}
