const mask = '***';

/** Tokens of this API: agents that come for their work have one, and may speak it. */
const tokens = /\borc_(?:api|agent|login)_[0-9a-f]{12}_[\w-]{43}/g;

/** The text with the values of secrets, and tokens of this API, blotted out: what agents print is stored and shown. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return (
    [...secrets]
      .filter((secret) => secret.trim() !== '')
      // One may be the beginning of another.
      .sort((left, right) => right.length - left.length)
      .reduce((masked, secret) => masked.replaceAll(secret, mask), text)
      .replace(tokens, mask)
  );
}
