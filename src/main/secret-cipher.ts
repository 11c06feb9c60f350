import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SecretCipher, SecretPlace } from '../contracts/ports/secret-cipher';
import { unreadableSecret } from '../domain/agents/secret-errors';
import type { SecretKey } from './secret-keys';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const authTagLength = 16;

/** AES-256-GCM under the first key, with a random nonce. `loadKeys` is called once, when a key is needed; it returns one key at least. */
export function createSecretCipher(loadKeys: () => readonly SecretKey[]): SecretCipher {
  let loaded: readonly SecretKey[] | undefined;
  const keys = (): readonly SecretKey[] => (loaded ??= loadKeys());
  const current = (): SecretKey => {
    const [first] = keys();
    if (!first) throw new RangeError('a cipher needs a key');
    return first;
  };
  return {
    currentKeyId: () => current().id,
    seal: (value, place) => {
      const { id, key } = current();
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce, { authTagLength }).setAAD(boundTo(place));
      const ciphertext = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
      return { keyId: id, nonce, ciphertext, tag: cipher.getAuthTag() };
    },
    open: ({ keyId, nonce, ciphertext, tag }, place) => {
      const key = keys().find(({ id }) => id === keyId)?.key;
      const { agent, name } = place;
      if (!key) throw unreadableSecret(agent, name, `it needs the key "${keyId}", which is not there`);
      try {
        const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength })
          .setAAD(boundTo(place))
          .setAuthTag(tag);
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
      } catch {
        throw unreadableSecret(agent, name, `the key "${keyId}" does not fit, or the stored value was changed`);
      }
    },
  };
}

/** A row that is copied to another agent, name or workspace must not open there. */
function boundTo({ workspace, agent, name }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify([workspace, agent, name]));
}
