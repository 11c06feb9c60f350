import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OrchestraError } from '../../domain/errors';
import type { Principal } from '../../domain/access/roles';
import type { AuditTrail } from '../audit-trail';
import type { LimitRequests } from '../limits/limit-requests';
import type { OfBrowser, Recognise } from '../principal';
import { LoginCookies } from './login-cookies';
import type { LoginDependencies } from './login-ports';
import { serveLogin } from './login-routes';
import { principalOfLogin } from './recognise-login';

/** Lets people log in, and tells of requests from browsers who is logged in there. */
export function openLogin(
  app: FastifyInstance,
  login: LoginDependencies,
  recognise: Recognise,
  limits: LimitRequests,
  audit: AuditTrail,
): OfBrowser {
  const { publicUrl } = login;
  const cookies = new LoginCookies(publicUrl);
  const ofBrowser: OfBrowser = (request) =>
    principalOfLogin(request, cookies, publicUrl, (token) =>
      limits.recognise(request.ip, token, () => recognise(token)),
    );
  serveLogin(app, login, cookies, audit, (request) => required(request, ofBrowser));
  return ofBrowser;
}

async function required(request: FastifyRequest, ofBrowser: OfBrowser): Promise<Principal> {
  const principal = await ofBrowser(request);
  if (principal) return principal;
  throw new OrchestraError('TOKEN_INVALID', 'Nobody is logged in with this browser. Begin at /login.');
}
