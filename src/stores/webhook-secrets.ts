import type { SealedSecret, SecretCipher, SecretPlace } from '../contracts/ports/secret-cipher';

/** The columns of `webhooks` that `signingSecrets` opens: the present secret, and the one before it while that still signs. */
export const sealedSecrets = `
  key_id AS "keyId", nonce, ciphertext, tag,
  CASE WHEN previous_until > now() THEN jsonb_build_object(
    'keyId', previous_key_id, 'nonce', encode(previous_nonce, 'hex'), 'ciphertext', encode(previous_ciphertext, 'hex'), 'tag', encode(previous_tag, 'hex')
  ) END AS previous`;

export interface SealedSecrets extends SealedSecret {
  /** Bytes as hex. */
  previous: { keyId: string; nonce: string; ciphertext: string; tag: string } | null;
}

/** Those that messages to the receiver are signed with, the present one first; without what cannot be decrypted, which must not keep others from being sent. */
export function signingSecrets(
  cipher: SecretCipher,
  { keyId, nonce, ciphertext, tag, previous }: SealedSecrets,
  place: SecretPlace,
): string[] {
  const before = previous && {
    keyId: previous.keyId,
    nonce: Buffer.from(previous.nonce, 'hex'),
    ciphertext: Buffer.from(previous.ciphertext, 'hex'),
    tag: Buffer.from(previous.tag, 'hex'),
  };
  const sealed = [{ keyId, nonce, ciphertext, tag }, ...(before ? [before] : [])];
  return sealed.map((one) => openOrNull(cipher, one, place)).filter((secret) => secret !== null);
}

function openOrNull(cipher: SecretCipher, sealed: SealedSecret, place: SecretPlace): string | null {
  try {
    return cipher.open(sealed, place);
  } catch {
    return null;
  }
}

/** No agent has this name, so no secret of an agent opens here. */
export function webhookSecretPlace(workspace: string, name: string): SecretPlace {
  return { workspace, agent: `webhook ${name}`, name: 'secret' };
}
