const mask = '***';

/** The text with the values of secrets blotted out: what agents print is stored and shown. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return (
    [...secrets]
      .filter((secret) => secret.trim() !== '')
      // One may be the beginning of another.
      .sort((left, right) => right.length - left.length)
      .reduce((masked, secret) => masked.replaceAll(secret, mask), text)
  );
}
