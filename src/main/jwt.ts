import { jwtVerify } from 'jose';
import { z } from 'zod';
import { givenRoles } from '../domain/access/roles';
import type { Principal } from '../domain/access/roles';
import { OrchestraError } from '../domain/errors';
import type { JwtSettings } from './jwt-settings';
import { openProviderKeys } from './provider-keys';

/** Of access tokens (RFC 9068): an ID token of the same issuer is no leave to do anything. */
const type = 'at+jwt';

/** A token that was made longer ago is refused, whatever it says of its end. */
const maxAge = '12h';

/** Before anything of it is looked at; the API takes no more in a header than 16 KiB. */
const maxTokenCharacters = 8_192;

/** Clocks differ. */
const toleranceSeconds = 5;

const scopeNames = z.array(z.string().min(1).max(200)).max(100);

const claimsSchema = z.object({
  // JSON has numbers that JavaScript takes for infinity.
  exp: z.number(),
  // It is stored, and shown in lines.
  sub: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^\p{Cc}]*$/u),
  orchestra_workspace: z.string().regex(/^[A-Za-z0-9_-]{1,63}$/),
  orchestra_role: z.enum(givenRoles),
  orchestra_task_types: scopeNames.optional(),
  orchestra_capabilities: scopeNames.optional(),
});

/** Who a JWT is of. The function throws TOKEN_INVALID. */
export function createJwtRecogniser(settings: JwtSettings, now: () => number): (token: string) => Promise<Principal> {
  const { issuer, audience, algorithm } = settings;
  const keys = openProviderKeys(settings, now);
  return async (token) => {
    try {
      if (token.length > maxTokenCharacters) throw new Error('The token is too long');
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
        ...scopeOf(claims),
      };
    } catch (error) {
      // What is wrong with it helps those who forge tokens more than those who have one.
      throw new OrchestraError('TOKEN_INVALID', 'The token is not valid. Get a new one from your identity provider.', {
        cause: error,
      });
    }
  };
}

function scopeOf(claims: z.output<typeof claimsSchema>): Pick<Principal, 'scope'> {
  const { orchestra_task_types: taskTypes, orchestra_capabilities: capabilities } = claims;
  if (!taskTypes && !capabilities) return {};
  return { scope: { ...(taskTypes && { taskTypes }), ...(capabilities && { capabilities }) } };
}
