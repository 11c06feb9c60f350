import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../domain/access/roles';
import { requireOwnPage } from './csrf-token';
import type { LoginCookies } from './login-cookies';
import { loginTokenPrefix } from './login-ports';

/** Who has logged in with the browser that the request comes from; undefined for nobody. Throws TOKEN_INVALID and TOKEN_FORBIDDEN. */
export async function principalOfLogin(
  request: FastifyRequest,
  cookies: LoginCookies,
  publicUrl: string,
  recognise: (token: string) => Promise<Principal>,
): Promise<Principal | undefined> {
  const login = cookies.readLogin(request);
  if (login === undefined || !login.startsWith(`${loginTokenPrefix}_`)) return undefined;
  requireOwnPage(request, login, publicUrl);
  return recognise(login);
}
