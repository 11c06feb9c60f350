import { readFileSync } from 'node:fs';
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { givenRoles } from '../domain/access/roles';
import type { Principal } from '../domain/access/roles';
import { OrchestraError } from '../domain/errors';
import type { JwtSettings } from './jwt-settings';

/** Of access tokens (RFC 9068): an ID token of the same issuer is no leave to do anything. */
const type = 'at+jwt';

/** A token that was made longer ago is refused, whatever it says of its end. */
const maxAge = '12h';

/** Clocks differ. */
const toleranceSeconds = 5;

const claimsSchema = z.object({
  sub: z.string().min(1).max(200),
  orchestra_workspace: z.string().regex(/^[A-Za-z0-9_-]{1,63}$/),
  orchestra_role: z.enum(givenRoles),
});

/** Who a JWT is of. The function throws TOKEN_INVALID. */
export function createJwtRecogniser(settings: JwtSettings, now: () => number): (token: string) => Promise<Principal> {
  const { issuer, audience, algorithm } = settings;
  const keys = openKeys(settings.keys);
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: [algorithm],
        typ: type,
        maxTokenAge: maxAge,
        clockTolerance: toleranceSeconds,
        requiredClaims: ['sub', 'exp', 'iat'],
        currentDate: new Date(now()),
      });
      const claims = claimsSchema.parse(payload);
      return {
        workspace: claims.orchestra_workspace,
        role: claims.orchestra_role,
        subject: `jwt:${claims.sub}`,
      };
    } catch (error) {
      // What is wrong with it helps those who forge tokens more than those who have one.
      throw new OrchestraError('TOKEN_INVALID', 'The token is not valid. Get a new one from your identity provider.', {
        cause: error,
      });
    }
  };
}

function openKeys(source: string): JWTVerifyGetKey {
  if (!/^https?:/.test(source)) return createLocalJWKSet(readKeys(source));
  const url = new URL(source);
  if (url.protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) {
    return createRemoteJWKSet(url, { timeoutDuration: 5_000 });
  }
  throw new OrchestraError('USAGE', 'ORCHESTRA_JWT_KEYS must be a file, or an address that begins with https://.');
}

function readKeys(file: string): JSONWebKeySet {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JSONWebKeySet;
  } catch (error) {
    throw new OrchestraError(
      'USAGE',
      `The file ${file} of ORCHESTRA_JWT_KEYS is no JWKS that can be read: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}
