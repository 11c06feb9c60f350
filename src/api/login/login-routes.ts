import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { workspaceName } from '../../contracts/schemas/workspace-name';
import type { Principal } from '../../domain/access/roles';
import { OrchestraError } from '../../domain/errors';
import type { AuditTrail, AuditedOperation } from '../audit-trail';
import { parsePart } from '../parse-request';
import { csrfTokenOf } from './csrf-token';
import type { LoginCookies } from './login-cookies';
import type { LoginDependencies } from './login-ports';

/** Whoever is not back from the provider by then begins anew. */
const pendingSeconds = 600;
/** As old as a JWT may be. */
const loginSeconds = 12 * 3_600;

const pendingSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  next: z.string(),
  workspace: workspaceName.optional(),
});

const begin: AuditedOperation = { method: 'GET', url: '/login', isCountedAlone: true };
const comeBack: AuditedOperation = { method: 'GET', url: '/login/callback', isCountedAlone: true };
const logOut: AuditedOperation = { method: 'POST', url: '/logout', isCountedAlone: true };

/**
 * Login of people with a browser: OAuth 2 authorisation code with PKCE, with the identity provider. These answer with redirects and cookies, and are no
 * operations of the API.
 */
export function serveLogin(
  app: FastifyInstance,
  { provider, logins, publicUrl, forPrograms, now }: LoginDependencies,
  cookies: LoginCookies,
  audit: AuditTrail,
  principalOf: (request: FastifyRequest) => Promise<Principal>,
): void {
  const callback = new URL('/login/callback', publicUrl);

  /** Keeps who does it, or that somebody was refused. */
  const audited = async <T>(
    request: FastifyRequest,
    operation: AuditedOperation,
    identify: () => Promise<Principal>,
    act: (principal: Principal) => Promise<T>,
  ): Promise<T> => {
    const principal = await identify().catch(async (error: unknown) => {
      await audit.refused(request, operation, undefined, error);
      throw error;
    });
    const end = await audit.begin(request, operation, 'login', principal);
    try {
      const done = await act(principal);
      end({});
      return done;
    } catch (error) {
      end({ error });
      throw error;
    }
  };

  app.get('/login', async (request, reply) => {
    const { next, workspace } = request.query as { next?: unknown; workspace?: unknown };
    const meant = { next: ownPath(next), workspace: meantWorkspace(workspace) };
    const { url, pending } = await provider.begin(callback.href);
    const login = { ...pending, ...meant };
    const kept = Buffer.from(JSON.stringify(login)).toString('base64url');
    audit.letIn(request, begin);
    return away(reply.header('set-cookie', cookies.pending(kept, pendingSeconds)), url);
  });

  app.get('/login/callback', async (request, reply) => {
    const url = new URL(callback);
    url.search = new URL(request.url, publicUrl).search;
    let next = '';
    const finish = async (): Promise<Principal> => {
      const pending = readPending(cookies.readPending(request));
      next = pending.next;
      return provider.finish(url, pending, pending.workspace);
    };
    const login = await audited(request, comeBack, finish, (principal) =>
      logins.add(principal, now() + loginSeconds * 1_000),
    );
    void reply.header('set-cookie', [cookies.pending('', 0), cookies.login(login, loginSeconds)]);
    return away(reply, next);
  });

  if (forPrograms) app.get('/login/configuration', (_, reply) => reply.send(forPrograms));

  app.get('/login/session', async (request, reply) => {
    const { workspace, role, subject } = await principalOf(request);
    const csrfToken = csrfTokenOf(cookies.readLogin(request) ?? '');
    return reply.header('cache-control', 'no-store').send({ workspace, role, subject, csrfToken });
  });

  app.post('/logout', async (request, reply) => {
    await audited(
      request,
      logOut,
      () => principalOf(request),
      () => logins.remove(cookies.readLogin(request) ?? ''),
    );
    return reply.header('set-cookie', cookies.login('', 0)).code(204).send();
  });
}

function away(reply: FastifyReply, url: string): FastifyReply {
  // The address of the callback holds a code.
  return reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer').redirect(url, 302);
}

/** A path of the API itself: a login leads nobody to strangers. */
function ownPath(next: unknown): string {
  const base = 'http://own.invalid';
  const isPath = typeof next === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/.test(next) && URL.canParse(next, base);
  return isPath && new URL(next, base).origin === base ? next : '/docs/';
}

/** Throws USAGE. */
function meantWorkspace(workspace: unknown): string | undefined {
  if (workspace === undefined) return undefined;
  return parsePart('query', z.object({ workspace: workspaceName }), { workspace }).workspace;
}

function readPending(cookie: string | undefined): z.output<typeof pendingSchema> {
  try {
    return pendingSchema.parse(JSON.parse(Buffer.from(cookie ?? '', 'base64url').toString()));
  } catch (cause) {
    throw new OrchestraError('TOKEN_INVALID', 'No login is under way in this browser. Begin at /login.', { cause });
  }
}
