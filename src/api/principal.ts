import type { FastifyRequest } from 'fastify';
import { may } from '../domain/access/roles';
import type { Permission, Principal } from '../domain/access/roles';
import { OrchestraError } from '../domain/errors';
import { loginTokenPrefix } from './login/login-ports';

/** Who a token is of; of somebody who is a member of several workspaces, in the one that is meant. Throws TOKEN_INVALID and TOKEN_FORBIDDEN. */
export type Recognise = (token: string, meantWorkspace?: string) => Promise<Principal>;

/** Who is logged in with the browser that a request comes from; undefined for nobody. Throws TOKEN_INVALID and TOKEN_FORBIDDEN. */
export type OfBrowser = (request: FastifyRequest) => Promise<Principal | undefined>;

/** Names the workspace that a client means; it must be the one of its token. */
const workspaceHeader = 'orchestra-workspace';

/** Who makes the request. Throws TOKEN_INVALID, and TOKEN_FORBIDDEN for somebody who may not. */
export async function principalOf(
  request: FastifyRequest,
  recognise: Recognise,
  permission: Permission,
  ofBrowser: OfBrowser | undefined,
): Promise<Principal> {
  const token = bearerOf(request);
  // The secret of a cookie is taken from nowhere else: what comes with it is guarded as cookies must be.
  const isLogin = token?.startsWith(`${loginTokenPrefix}_`);
  const meant = request.headers[workspaceHeader];
  const recogniseToken = (one: string): Promise<Principal> =>
    recognise(one, typeof meant === 'string' ? meant : undefined);
  const principal = await (token === undefined ? ofBrowser?.(request) : isLogin ? undefined : recogniseToken(token));
  if (!principal) {
    throw new OrchestraError(
      'TOKEN_INVALID',
      'The request has no token. Send it as "Authorization: Bearer …"; `orchestra tokens create NAME --role ROLE` makes one.',
    );
  }
  if (meant !== undefined && meant !== principal.workspace) {
    throw new OrchestraError(
      'TOKEN_FORBIDDEN',
      `The token is not for the workspace that the header ${workspaceHeader} names. Use a token of that workspace.`,
    );
  }
  if (may(principal.role, permission)) return principal;
  throw forbidden(principal, permission);
}

export function forbidden({ role }: Principal, permission: Permission, what = 'this'): OrchestraError {
  return new OrchestraError(
    'TOKEN_FORBIDDEN',
    `The role "${role}" may not do ${what}: it takes the permission "${permission}". docs/api.md says which roles have it.`,
  );
}

export function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
}
