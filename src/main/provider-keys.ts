import { readFileSync } from 'node:fs';
import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { OrchestraError } from '../domain/errors';
import { createJwks } from './jwks';
import type { JwtSettings } from './jwt-settings';
import { isOwnMachine } from './own-machine';

const timeLimitMs = 5_000;
const maxBytes = 1024 * 1024;

const jwksSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(1_000) });
const discoverySchema = z.looseObject({ issuer: z.string(), jwks_uri: z.string() });

/** The keys that tokens are checked with: of a file, of an address, or of what the issuer says of itself. Throws USAGE. */
export function openProviderKeys(
  { keys, issuer }: Pick<JwtSettings, 'keys' | 'issuer'>,
  now: () => number,
): JWTVerifyGetKey {
  if (keys === undefined) {
    const url = safeUrl(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, 'ORCHESTRA_JWT_ISSUER');
    return createJwks({ fetchKeys: async () => fetchKeys(await findKeys(url, issuer)), now });
  }
  if (!/^https?:/.test(keys)) return createLocalJWKSet(readKeys(keys));
  const url = safeUrl(keys, 'ORCHESTRA_JWT_KEYS');
  return createJwks({ fetchKeys: () => fetchKeys(url), now });
}

/** OpenID Connect Discovery. A document of another issuer would let it sign for this one. */
async function findKeys(url: URL, issuer: string): Promise<URL> {
  const found = discoverySchema.parse(await fetchJson(url));
  if (found.issuer !== issuer) throw new Error(`${url.href} is of the issuer ${found.issuer}, not of ${issuer}`);
  return safeUrl(found.jwks_uri, 'jwks_uri');
}

async function fetchKeys(url: URL): Promise<JSONWebKeySet> {
  return jwksSchema.parse(await fetchJson(url));
}

async function fetchJson(url: URL): Promise<unknown> {
  const answer = await fetch(url, {
    headers: { accept: 'application/json' },
    // Nobody but the named address is asked.
    redirect: 'error',
    signal: AbortSignal.timeout(timeLimitMs),
  });
  if (!answer.ok || !answer.body) throw new Error(`${url.href} answered ${answer.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`${url.href} answered more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function safeUrl(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:') return url;
  if (url && isOwnMachine(url)) return url;
  throw new OrchestraError(
    'USAGE',
    `${name} must be an address that begins with https://; ORCHESTRA_JWT_KEYS may be a file.`,
  );
}

function readKeys(file: string): JSONWebKeySet {
  try {
    return jwksSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new OrchestraError(
      'USAGE',
      `The file ${file} of ORCHESTRA_JWT_KEYS is no JWKS that can be read: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}
