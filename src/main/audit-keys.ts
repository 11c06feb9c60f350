import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { AuditSigner } from '../contracts/ports/audit-log';
import type { AuditCrypto } from '../domain/audit/verify-chain';
import type { SecretKey } from './secret-keys';

/** What precedes the 32 bytes of an Ed25519 key in PKCS #8. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The first key signs, all verify. Without keys, nothing is signed. */
export function auditKeys(keys: readonly SecretKey[]): { signer: AuditSigner | undefined; crypto: AuditCrypto } {
  const known = new Map<string, KeyObject>();
  for (const { id, key } of keys) {
    const der = Buffer.concat([pkcs8Prefix, key]);
    known.set(id, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  }
  const [first] = known;
  const publicKeys = new Map([...known].map(([id, key]) => [id, createPublicKey(key)]));
  return {
    signer: first && {
      keyId: first[0],
      sign: (text) => sign(null, Buffer.from(text), first[1]).toString('base64'),
    },
    crypto: {
      hasKeys: known.size > 0,
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
      isSigned: (text, keyId, signature) => {
        const key = publicKeys.get(keyId);
        return key && verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'));
      },
    },
  };
}
