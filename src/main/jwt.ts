import { readFileSync } from 'node:fs';
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { givenRoles } from '../domain/access/roles';
import type { Recognise } from '../api/principal';
import { workspaceName } from '../contracts/schemas/workspace-name';
import type { Role } from '../domain/access/roles';
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
  orchestra_workspace: workspaceName.optional(),
  orchestra_role: z.enum(givenRoles).optional(),
});

/** Workspaces that a person, by the `sub` of the token, is a member of. */
type MembershipsOf = (subject: string) => Promise<{ workspace: string; role: Role }[]>;

/**
 * Who a JWT is of: with the claims of workspace and role, as they say; without both, as the memberships say, in the workspace that is meant, or the
 * only one. The function throws TOKEN_INVALID, and TOKEN_FORBIDDEN for somebody who is no member.
 */
export function createJwtRecogniser(settings: JwtSettings, now: () => number, membershipsOf: MembershipsOf): Recognise {
  const { issuer, audience, algorithm } = settings;
  const keys = openKeys(settings.keys);
  return async (token, meant) => {
    const { sub, orchestra_workspace: workspace, orchestra_role: role } = await verify(token);
    const subject = `jwt:${sub}`;
    if (workspace !== undefined && role !== undefined) return { workspace, role, subject };
    // Half of it may be what is left of a mistake: it must not open more than was meant.
    if (workspace !== undefined || role !== undefined) throw invalid();
    return { ...chosen(await membershipsOf(sub), meant), subject };
  };

  async function verify(token: string): Promise<z.output<typeof claimsSchema>> {
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
      return claimsSchema.parse(payload);
    } catch (error) {
      throw invalid(error);
    }
  }
}

/** What is wrong with it helps those who forge tokens more than those who have one. */
function invalid(cause?: unknown): OrchestraError {
  return new OrchestraError('TOKEN_INVALID', 'The token is not valid. Get a new one from your identity provider.', {
    cause,
  });
}

function chosen(
  memberships: { workspace: string; role: Role }[],
  meant: string | undefined,
): { workspace: string; role: Role } {
  const found = memberships.filter(({ workspace }) => meant === undefined || workspace === meant);
  const [only] = found;
  if (only && found.length === 1) return only;
  const advice =
    memberships.length === 0 || meant !== undefined
      ? 'You are no member of that workspace, or of any. Let an administrator of it make you one.'
      : `You are a member of several workspaces: say which with the header Orchestra-Workspace (${memberships.map(({ workspace }) => workspace).join(', ')}).`;
  throw new OrchestraError('TOKEN_FORBIDDEN', advice);
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
