import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { LRUCache } from 'lru-cache';
import type { WorkspaceCodec } from '../contracts/ports/workspace-codec';
import { workspaceOfWorkflow } from '../contracts/protocol/ids';
import { OrchestraError } from '../domain/errors';
import type { PayloadEncryption } from './payload-encryption';
import type { SecretKey } from './secret-keys';

/** What Temporal's samples call it, and its Web UI knows. */
const encrypted = 'binary/encrypted';

/** Names of the metadata of an encrypted payload. They are no secrets; all of them are authenticated. */
const metadataNames = { encoding: 'encoding', keyId: 'encryption-key-id', workspace: 'orchestra-workspace' } as const;

const algorithm = 'aes-256-gcm';
const [saltBytes, nonceBytes, tagBytes] = [16, 12, 16];

/** Random nonces of one key are safe up to 2^32 of them; a process takes a new salt, and so another key, long before. */
const payloadsOfSalt = 2 ** 30;

const PayloadMessage = temporal.api.common.v1.Payload;

export interface PayloadCodecOptions {
  mode: PayloadEncryption;
  namespace: string;
  /** The first one encrypts, all decrypt. Asked once, when a key is needed. */
  loadKeys(): readonly SecretKey[];
}

/**
 * Encrypts what Temporal keeps: AES-256-GCM, bound to the workspace and the namespace. The workspace is that of the workflow whose payload it
 * is; it stands in the metadata too, because some readers (a memo, the Web UI) know of no workflow. Where the workflow is known, both must agree.
 */
export function createPayloadCodec({ mode, namespace, loadKeys }: PayloadCodecOptions): PayloadCodec & WorkspaceCodec {
  let loaded: readonly SecretKey[] | undefined;
  const keys = (): readonly SecretKey[] => (loaded ??= loadKeys());
  const derived = new LRUCache<string, Buffer>({ max: 1_000 });
  let salt = randomBytes(saltBytes);
  let sealed = 0;

  /** A key for payloads only, which differs from process to process. */
  const derive = ({ id, key }: SecretKey, ofSalt: Buffer): Buffer => {
    const name = `${id} ${ofSalt.toString('base64')}`;
    const known = derived.get(name);
    if (known) return known;
    const made = Buffer.from(hkdfSync('sha256', key, ofSalt, 'agent-orchestra/temporal-payload', 32));
    derived.set(name, made);
    return made;
  };
  const seal = (workspace: string, payload: Payload): Payload => {
    const [current] = keys();
    if (!current) throw new RangeError('a codec needs a key');
    if (++sealed > payloadsOfSalt) [salt, sealed] = [randomBytes(saltBytes), 1];
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, derive(current, salt), nonce, { authTagLength: tagBytes }).setAAD(
      boundTo(namespace, workspace, current.id),
    );
    const ciphertext = Buffer.concat([cipher.update(PayloadMessage.encode(payload).finish()), cipher.final()]);
    return {
      metadata: {
        [metadataNames.encoding]: Buffer.from(encrypted),
        [metadataNames.keyId]: Buffer.from(current.id),
        [metadataNames.workspace]: Buffer.from(workspace),
      },
      data: Buffer.concat([salt, nonce, cipher.getAuthTag(), ciphertext]),
    };
  };
  const open = (payload: Payload, workspace: string): Payload => {
    const keyId = metadataOf(payload, metadataNames.keyId);
    const key = keys().find(({ id }) => id === keyId);
    if (!key) throw unreadable(`it needs the key "${keyId}", which is not there`);
    const data = Buffer.from(payload.data ?? []);
    const parts = [0, saltBytes, saltBytes + nonceBytes, saltBytes + nonceBytes + tagBytes];
    const [ofSalt, nonce, tag] = parts.slice(1).map((end, at) => data.subarray(parts[at], end));
    try {
      const decipher = createDecipheriv(algorithm, derive(key, ofSalt as Buffer), nonce as Buffer, {
        authTagLength: tagBytes,
      })
        .setAAD(boundTo(namespace, workspace, keyId))
        .setAuthTag(tag as Buffer);
      const plain = Buffer.concat([decipher.update(data.subarray(parts.at(-1))), decipher.final()]);
      return PayloadMessage.decode(plain);
    } catch {
      throw unreadable(
        `the key "${keyId}" does not fit, or it is of another workspace or namespace, or it was changed`,
      );
    }
  };

  return {
    encode: (payloads, context) =>
      Promise.resolve(mode === 'off' ? payloads : payloads.map((payload) => seal(workspaceOf(context) ?? '', payload))),
    // Async, so that what cannot be read rejects.
    decode: async (payloads, context) => {
      const expected = workspaceOf(context);
      return Promise.resolve(
        payloads.map((payload) => {
          if (!isEncrypted(payload)) {
            if (mode === 'required') throw unreadable('it is not encrypted, and ORCHESTRA_PAYLOAD_ENCRYPTION=required');
            return payload;
          }
          const written = metadataOf(payload, metadataNames.workspace);
          if (expected !== undefined && written !== expected) throw unreadable('it is of another workspace');
          return open(payload, written);
        }),
      );
    },
    decodeOf: (workspace, payloads) =>
      payloads.map((payload) => {
        if (!isEncrypted(payload)) return payload;
        if (metadataOf(payload, metadataNames.workspace) === workspace) return open(payload, workspace);
        throw new OrchestraError(
          'TOKEN_FORBIDDEN',
          'The payload is not one of the workspace of the token. Use a token of the workspace that its workflow is of.',
        );
      }),
    encodeFor: (workspace, payloads) => payloads.map((payload) => seal(workspace, payload)),
  };
}

/** Undefined where nobody knows; empty for workflows of the installation itself. */
function workspaceOf(context: SerializationContext | undefined): string | undefined {
  return context?.workflowId === undefined ? undefined : workspaceOfWorkflow(context.workflowId);
}

function isEncrypted(payload: Payload): boolean {
  return metadataOf(payload, metadataNames.encoding) === encrypted;
}

function metadataOf({ metadata }: Payload, name: string): string {
  return Buffer.from(metadata?.[name] ?? []).toString('utf8');
}

/** A payload that is copied to another workspace, or to the same one behind another server's namespace, must not open there. */
function boundTo(namespace: string, workspace: string, keyId: string): Buffer {
  return Buffer.from(JSON.stringify(['payload', namespace, workspace, keyId]));
}

function unreadable(because: string): OrchestraError {
  return new OrchestraError(
    'PAYLOAD_UNREADABLE',
    `A payload of Temporal cannot be decrypted: ${because}. Give every process the same ORCHESTRA_SECRET_KEYS, with all keys that are still in use.`,
  );
}
