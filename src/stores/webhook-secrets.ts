import type { SealedSecret, SecretCipher, SecretPlace } from '../contracts/ports/secret-cipher';

/** One that cannot be read must not keep the others from being sent. */
export function openOrNull(cipher: SecretCipher, sealed: SealedSecret, place: SecretPlace): string | null {
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
