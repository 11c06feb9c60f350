import { ellipsis } from '../clip-text';

const mask = '***';

/** Tokens of this API: agents that come for their work have one, and may speak it. A cut may have left the beginning of one. */
const tokens = new RegExp(`\\borc_(?:api|agent|login)_[0-9a-f]{12}_(?:[\\w-]{43}|[\\w-]+(?=${ellipsis}))`, 'g');

/** Parts of a secret that are shorter tell nothing. */
const shortestPart = 4;

/**
 * The text with the values of secrets, and tokens of this API, blotted out: what agents print is stored and shown. Where it was cut, marked by an ellipsis, what the
 * cut has left of a value is blotted out as well.
 */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  const values = [...secrets]
    .filter((secret) => secret.trim() !== '')
    // One may be the beginning of another.
    .sort((left, right) => right.length - left.length);
  const masked = values.reduce((rest, secret) => rest.replaceAll(secret, mask), text);
  const withoutParts = masked.includes(ellipsis) ? values.reduce(maskParts, masked) : masked;
  return withoutParts.replace(tokens, mask);
}

/** The longest part first: a shorter one would leave the rest of it. */
function maskParts(text: string, secret: string): string {
  let masked = text;
  for (let length = secret.length - 1; length >= shortestPart; length -= 1) {
    masked = masked
      .replaceAll(secret.slice(0, length) + ellipsis, mask + ellipsis)
      .replaceAll(ellipsis + secret.slice(-length), ellipsis + mask);
  }
  return masked;
}
