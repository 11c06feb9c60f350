import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { AuditSigner } from '../contracts/ports/audit-log';
import type { AuditCrypto } from '../domain/audit/verify-chain';
import type { SecretKey } from './secret-keys';

/** What precedes the 32 bytes of an Ed25519 key in PKCS #8. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

interface KeyPair {
  id: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** The first key signs, all verify. Without keys, nothing is signed. They are loaded once, when the log is used. */
export function auditKeys(loadKeys: () => readonly SecretKey[]): {
  signer(): AuditSigner | undefined;
  crypto(): AuditCrypto;
} {
  let loaded: KeyPair[] | undefined;
  const keys = (): KeyPair[] => (loaded ??= loadKeys().map(keyPairOf));
  return {
    signer: () => {
      const [first] = keys();
      return (
        first && {
          keyId: first.id,
          sign: (text) => sign(null, Buffer.from(text), first.privateKey).toString('base64'),
        }
      );
    },
    crypto: () => ({
      hasKeys: keys().length > 0,
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
      isSigned: (text, keyId, signature) => {
        const key = keys().find(({ id }) => id === keyId);
        return key && verify(null, Buffer.from(text), key.publicKey, Buffer.from(signature, 'base64'));
      },
    }),
  };
}

function keyPairOf({ id, key }: SecretKey): KeyPair {
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, key]), format: 'der', type: 'pkcs8' });
  return { id, privateKey, publicKey: createPublicKey(privateKey) };
}
