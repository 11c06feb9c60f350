import { randomBytes } from 'node:crypto';

/** As many bytes as Standard Webhooks recommends at least. */
const secretBytes = 32;

export function newWebhookSecret(): string {
  return `whsec_${randomBytes(secretBytes).toString('base64')}`;
}
