import { jwtVerify } from 'jose';
import { z } from 'zod';
import { givenRoles } from '../domain/access/roles';
import type { Recognise } from '../api/principal';
import { workspaceName } from '../contracts/schemas/workspace-name';
import type { Principal, Role } from '../domain/access/roles';
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
  orchestra_workspace: workspaceName.optional(),
  orchestra_role: z.enum(givenRoles).optional(),
  orchestra_task_types: scopeNames.optional(),
  orchestra_capabilities: scopeNames.optional(),
});

/** Workspaces that a person, by the `sub` of the token, is a member of. */
type MembershipsOf = (subject: string) => Promise<{ workspace: string; role: Role }[]>;

/**
 * Who a JWT is of: with the claims of workspace and role, as they say; without both, as the memberships say, in the workspace that is meant, or the
 * only one. The function throws TOKEN_INVALID, and TOKEN_FORBIDDEN for somebody who is no member.
 */
export function createJwtRecogniser(settings: JwtSettings, now: () => number, membershipsOf: MembershipsOf): Recognise {
  const { issuer, audience, algorithm } = settings;
  const keys = openProviderKeys(settings, now);
  return async (token, meant) => {
    const claims = await verify(token);
    const { sub, orchestra_workspace: workspace, orchestra_role: role } = claims;
    const subject = `jwt:${sub}`;
    if (workspace !== undefined && role !== undefined) return { workspace, role, subject, ...scopeOf(claims) };
    // Half of it may be what is left of a mistake: it must not open more than was meant.
    if (workspace !== undefined || role !== undefined) throw invalid();
    return { ...chosen(await membershipsOf(sub), meant), subject, ...scopeOf(claims) };
  };

  async function verify(token: string): Promise<z.output<typeof claimsSchema>> {
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
      : `You are a member of several workspaces (${memberships.map(({ workspace }) => workspace).join(', ')}): say which, with the header Orchestra-Workspace; at a login with /login?workspace=NAME, or \`orchestra login --workspace NAME\`.`;
  throw new OrchestraError('TOKEN_FORBIDDEN', advice);
}

function scopeOf(claims: z.output<typeof claimsSchema>): Pick<Principal, 'scope'> {
  const { orchestra_task_types: taskTypes, orchestra_capabilities: capabilities } = claims;
  if (!taskTypes && !capabilities) return {};
  return { scope: { ...(taskTypes && { taskTypes }), ...(capabilities && { capabilities }) } };
}
