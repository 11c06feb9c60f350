import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import type { Principal } from '../../../src/domain/access/roles';
import { createJwtRecogniser } from '../../../src/main/jwt';

/** An identity provider: what it says of itself, and its keys, which it changes. */
let provider: Server;
let issuer: string;
let published: JWK[];
let asked: string[];
let isAway: boolean;
let answerInstead: ((path: string) => string | undefined) | undefined;
let now: number;
let recognise: (token: string) => Promise<Principal>;
const keys = new Map<string, CryptoKey>();

beforeAll(async () => {
  provider = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    if (isAway) return void response.writeHead(503).end();
    const other = answerInstead?.(path);
    if (other !== undefined) return void response.writeHead(200).end(other);
    if (path === '/moved') return void response.writeHead(302, { location: '/keys' }).end();
    const found =
      path === '/.well-known/openid-configuration' ? { issuer, jwks_uri: `${issuer}/keys` } : { keys: published };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
  });
  await new Promise<void>((done) => provider.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  for (const kid of ['old', 'new']) {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    keys.set(kid, privateKey);
    publicKeys.set(kid, { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' });
  }
});
afterAll(() => void provider.close());

const publicKeys = new Map<string, JWK>();
const publish = (...kids: string[]): void => void (published = kids.map((kid) => publicKeys.get(kid) ?? {}));

beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  asked = [];
  isAway = false;
  answerInstead = undefined;
  publish('old');
  open(`${issuer}/keys`);
});

function open(source?: string): void {
  const settings = {
    issuer,
    audience: 'orchestra',
    algorithm: 'ES256',
    ...(source !== undefined && { keys: source }),
  } as const;
  recognise = createJwtRecogniser(settings, () => now, () => Promise.resolve([]));
}

async function tokenBy(kid: string): Promise<string> {
  const seconds = Math.floor(now / 1_000);
  return new SignJWT({ orchestra_workspace: 'acme', orchestra_role: 'user' })
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience('orchestra')
    .setSubject('ada')
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + 7_200)
    .sign(keys.get(kid) ?? new Uint8Array());
}
const isTaken = async (token: string): Promise<boolean> =>
  recognise(token).then(
    () => true,
    () => false,
  );
const pass = (minutes: number): void => void (now += minutes * 60_000);

it('asks once for many tokens', async () => {
  const token = await tokenBy('old');
  expect(await Promise.all(Array.from({ length: 20 }, () => isTaken(token)))).not.toContain(false);
  expect(await isTaken(token)).toBe(true);
  expect(asked).toEqual(['/keys']);
});

it('takes a key that was added, as soon as a token names it, and one that stays', async () => {
  expect(await isTaken(await tokenBy('old'))).toBe(true);
  publish('old', 'new');
  pass(1);
  expect(await isTaken(await tokenBy('new'))).toBe(true);
  expect(await isTaken(await tokenBy('old'))).toBe(true);
  expect(asked).toHaveLength(2);
});

it('takes a key no more ten minutes after it was withdrawn', async () => {
  const token = await tokenBy('old');
  expect(await isTaken(token)).toBe(true);
  publish('new');
  pass(9.9);
  expect(await isTaken(token)).toBe(true);
  pass(0.1);
  expect(await isTaken(token)).toBe(false);
});

it('asks every 30 seconds at most, whatever keys tokens name', async () => {
  expect(await isTaken(await tokenBy('old'))).toBe(true);
  const unknown = await tokenBy('new');
  for (let second = 0; second < 60; second += 1) {
    now += 1_000;
    expect(await isTaken(unknown)).toBe(false);
  }
  expect(asked).toHaveLength(3);
});

it('goes on with the keys that it knows for an hour while the provider is away, and no longer', async () => {
  const token = await tokenBy('old');
  expect(await isTaken(token)).toBe(true);
  isAway = true;
  pass(59);
  expect(await isTaken(token)).toBe(true);
  pass(1);
  expect(await isTaken(token)).toBe(false);
  isAway = false;
  pass(1);
  expect(await isTaken(token)).toBe(true);
});

it('does not hammer a provider that was away from the beginning, and takes tokens when it is back', async () => {
  isAway = true;
  const token = await tokenBy('old');
  for (let index = 0; index < 5; index += 1) expect(await isTaken(token)).toBe(false);
  expect(asked).toHaveLength(1);
  isAway = false;
  pass(0.5);
  expect(await isTaken(token)).toBe(true);
});

it('finds the keys by the issuer, where no address is given', async () => {
  open();
  expect(await isTaken(await tokenBy('old'))).toBe(true);
  expect(asked).toEqual(['/.well-known/openid-configuration', '/keys']);
});

it.each<[string, (path: string) => string | undefined]>([
  [
    'another issuer',
    (path) =>
      path.startsWith('/.well')
        ? JSON.stringify({ issuer: 'https://evil.example', jwks_uri: `${issuer}/keys` })
        : undefined,
  ],
  [
    'keys at an address without https',
    (path) =>
      path.startsWith('/.well') ? JSON.stringify({ issuer, jwks_uri: 'http://169.254.169.254/keys' }) : undefined,
  ],
  ['no keys', (path) => (path === '/keys' ? '{}' : undefined)],
  ['no JSON', () => '<html>'],
  ['a megabyte of blanks', () => `{"keys": []${' '.repeat(1_100_000)}}`],
])('takes no token where the provider answers with %s', async (_, instead) => {
  open();
  answerInstead = instead;
  expect(await isTaken(await tokenBy('old'))).toBe(false);
});

it('does not follow the provider elsewhere', async () => {
  open(`${issuer}/moved`);
  expect(await isTaken(await tokenBy('old'))).toBe(false);
  expect(asked).toEqual(['/moved']);
});

it('takes keys from no address without https, but on this machine', () => {
  expect(() => open('http://id.example.org/keys')).toThrow('https://');
});
