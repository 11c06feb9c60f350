import { createHmac, createPublicKey, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Claims = Record<string, unknown>;

/** Makes tokens of all kinds for an API that trusts one key. Bytes are put together by hand: no library would make most of them. */
export interface JwtForge {
  settings: { issuer: string; audience: string; algorithm: 'RS256'; keys: string };
  nowMs: number;
  seconds: number;
  claims: Claims;
  header: Claims;
  /** As JWK, without the private part. */
  publicJwk: Claims;
  /** Of somebody else, with the private part. */
  otherKey: KeyObject;
  otherJwk: Claims;
  publicPem: string;
  /** Addresses that were asked while tokens were looked at. */
  fetched: string[];
  /** A token as it should be, with changes; undefined takes a member away. */
  token(claims?: Claims, header?: Claims, key?: KeyObject, hash?: string): string;
  /** Of any two texts, signed with the key of the provider. */
  signed(header: string, payload: string): string;
  /** Signed with a shared secret. */
  hmac(secret: string | Buffer, header?: Claims, hash?: string): string;
}

export const encode = (value: string | object): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

const merge = (whole: Claims, changes: Claims): Claims =>
  Object.fromEntries(Object.entries({ ...whole, ...changes }).filter(([, value]) => value !== undefined));

export function makeJwtForge(folder: string): Promise<JwtForge> {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicJwk = { ...own.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' };
  const keys = join(folder, 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: [publicJwk] }));
  const nowMs = Date.UTC(2026, 0, 1);
  const seconds = nowMs / 1_000;
  const fetched: string[] = [];
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => {
    fetched.push(input instanceof Request ? input.url : input.toString());
    return fetch(input, init);
  };
  const header = { alg: 'RS256', kid: 'k1', typ: 'at+jwt' };
  const claims = {
    iss: 'https://id.example.org',
    aud: 'orchestra',
    sub: 'ada',
    iat: seconds - 10,
    exp: seconds + 600,
    orchestra_workspace: 'acme',
    orchestra_role: 'user',
  };
  const signedBy = (key: KeyObject, head: string, payload: string, hash = 'sha256'): string => {
    const text = `${head}.${payload}`;
    return `${text}.${signBytes(hash, Buffer.from(text), key).toString('base64url')}`;
  };
  return Promise.resolve({
    settings: { issuer: 'https://id.example.org', audience: 'orchestra', algorithm: 'RS256', keys },
    nowMs,
    seconds,
    claims,
    header,
    publicJwk,
    otherKey: other.privateKey,
    otherJwk: { ...other.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256' },
    publicPem: createPublicKey(own.privateKey).export({ type: 'spki', format: 'pem' }).toString(),
    fetched,
    token: (changes = {}, head = {}, key = own.privateKey, hash) =>
      signedBy(key, encode(merge(header, head)), encode(merge(claims, changes)), hash),
    signed: (head, payload) => signedBy(own.privateKey, encode(head), encode(payload)),
    hmac: (secret, head = {}, hash = 'sha256') => {
      const text = `${encode(merge(header, { alg: 'HS256', ...head }))}.${encode(claims)}`;
      return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`;
    },
  });
}
