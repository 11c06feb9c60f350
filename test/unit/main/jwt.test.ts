import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import type { CryptoKey } from 'jose';
import type { Principal, Role } from '../../../src/domain/access/roles';
import { createJwtRecogniser } from '../../../src/main/jwt';

const now = Date.UTC(2026, 0, 1);
const seconds = now / 1_000;
const folder = mkdtempSync(join(tmpdir(), 'orchestra-jwt-'));
let key: CryptoKey;
let publicPem: string;
let other: CryptoKey;
let recognise: (token: string, workspace?: string) => Promise<Principal>;
const members: Record<string, { workspace: string; role: Role }[]> = {
  ada: [{ workspace: 'elsewhere', role: 'admin' }],
  bob: [{ workspace: 'acme', role: 'viewer' }],
  cleo: [
    { workspace: 'acme', role: 'user' },
    { workspace: 'labs', role: 'admin' },
  ],
};

beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true });
  key = pair.privateKey;
  publicPem = await exportSPKI(pair.publicKey);
  other = (await generateKeyPair('RS256')).privateKey;
  const keys = join(folder, 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256' }] }));
  const settings = { issuer: 'https://id.example.org', audience: 'orchestra', algorithm: 'RS256', keys } as const;
  recognise = createJwtRecogniser(
    settings,
    () => now,
    (subject) => Promise.resolve(members[subject] ?? []),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const good = {
  header: { alg: 'RS256', kid: 'k1', typ: 'at+jwt' },
  claims: {
    iss: 'https://id.example.org',
    aud: 'orchestra',
    sub: 'ada',
    iat: seconds - 10,
    exp: seconds + 600,
    orchestra_workspace: 'acme',
    orchestra_role: 'user',
  } as Record<string, unknown>,
};

const sign = (claims: object = {}, header: object = {}, by: CryptoKey = key): Promise<string> => {
  const merged = Object.fromEntries(
    Object.entries({ ...good.claims, ...claims }).filter(([, value]) => value !== undefined),
  );
  return new SignJWT(merged).setProtectedHeader({ ...good.header, ...header }).sign(by);
};

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signed with the public key as if it were a secret, as a server would check it that believed the header. */
const confused = (): string => {
  const text = `${encode({ ...good.header, alg: 'HS256' })}.${encode(good.claims)}`;
  return `${text}.${createHmac('sha256', publicPem).update(text).digest('base64url')}`;
};

it('knows who a token is of', async () => {
  expect(await recognise(await sign())).toEqual({ workspace: 'acme', role: 'user', subject: 'jwt:ada' });
  expect(await recognise(await sign({ aud: ['others', 'orchestra'] }))).toMatchObject({ workspace: 'acme' });
});

const withoutClaims = (sub: string): Promise<string> =>
  sign({ sub, orchestra_workspace: undefined, orchestra_role: undefined });

it('takes what memberships say of somebody whose token says nothing of workspaces', async () => {
  const bob = { workspace: 'acme', role: 'viewer', subject: 'jwt:bob' };
  expect(await recognise(await withoutClaims('bob'))).toEqual(bob);
  expect(await recognise(await withoutClaims('bob'), 'acme')).toEqual(bob);
  expect(await recognise(await withoutClaims('cleo'), 'labs')).toMatchObject({ workspace: 'labs', role: 'admin' });
  // What a token says goes before memberships: it is never more than one of both.
  expect(await recognise(await sign(), 'elsewhere')).toMatchObject({ workspace: 'acme', role: 'user' });
});

it.each([
  ['is a member of another workspace', 'bob', 'labs', 'no member'],
  ['is a member of none', 'eve', undefined, 'no member'],
  ['is a member of several, and does not say which is meant', 'cleo', undefined, 'acme, labs'],
])('refuses somebody who %s', async (_, sub, meant, says) => {
  await expect(recognise(await withoutClaims(sub), meant)).rejects.toMatchObject({
    code: 'TOKEN_FORBIDDEN',
    message: expect.stringContaining(says),
  });
});

it.each([{ orchestra_workspace: undefined }, { orchestra_role: undefined }])(
  'refuses a token with half of the claims, whatever its memberships are',
  async (claims) => {
    await expect(recognise(await sign({ ...claims, sub: 'bob' }))).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  },
);

it.each<[string, () => Promise<string> | string]>([
  ['no signature', () => `${encode({ ...good.header, alg: 'none' })}.${encode(good.claims)}.`],
  ['the public key as a secret', confused],
  ['the key of somebody else', () => sign({}, {}, other)],
  ['the name of a key that is not there', () => sign({}, { kid: '../../dev/null' })],
  ['another issuer', () => sign({ iss: 'https://evil.example.org' })],
  ['another audience', () => sign({ aud: 'others' })],
  ['no audience', () => sign({ aud: undefined })],
  ['the type of an ID token', () => sign({}, { typ: 'JWT' })],
  ['no type', () => sign({}, { typ: undefined })],
  ['an end that has passed', () => sign({ exp: seconds - 60 })],
  ['no end', () => sign({ exp: undefined })],
  ['a beginning that is still to come', () => sign({ nbf: seconds + 60 })],
  ['a making that is still to come', () => sign({ iat: seconds + 60 })],
  ['a making that was long ago', () => sign({ iat: seconds - 13 * 3_600 })],
  ['no time of its making', () => sign({ iat: undefined })],
  ['nobody', () => sign({ sub: undefined })],
  ['no workspace', () => sign({ orchestra_workspace: undefined })],
  ['a workspace that cannot be', () => sign({ orchestra_workspace: '../acme' })],
  ['no role', () => sign({ orchestra_role: undefined })],
  ['a role that is none', () => sign({ orchestra_role: 'root' })],
  ['the role of agents', () => sign({ orchestra_role: 'agent' })],
  ['critical extensions that nobody knows', () => sign({}, { crit: ['x'], x: 1 }).catch(() => 'unsigned')],
  [
    'claims that were changed after it was signed',
    async () => {
      const [header, , signature] = (await sign()).split('.');
      return `${header}.${encode({ ...good.claims, orchestra_role: 'admin' })}.${signature}`;
    },
  ],
  ['nothing', () => ''],
  ['too many parts', async () => `${await sign()}.x`],
])('refuses a token with %s, and does not say why', async (_, token) => {
  await expect(recognise(await token())).rejects.toMatchObject({
    code: 'TOKEN_INVALID',
    message: 'The token is not valid. Get a new one from your identity provider.',
  });
});
