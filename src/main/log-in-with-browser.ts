import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { OrchestraError } from '../domain/errors';
import { beginAuthorization, discoverProvider, finishAuthorization } from './authorization';
import type { AuthorizationSettings } from './authorization';
import { isOwnMachine } from './own-machine';

/** Whoever has not logged in by then begins anew. */
const patienceMs = 300_000;

/**
 * The login of a native program (RFC 8252): a browser is sent to the identity provider, and comes back to a port of this machine that is open for just
 * that. `show` is told where the browser is to go. Throws TOKEN_INVALID, SERVER_UNAVAILABLE and USAGE.
 */
export async function logInWithBrowser(
  settings: AuthorizationSettings,
  show: (url: string) => Promise<void>,
): Promise<{ token: string; expiresInSeconds: number | undefined }> {
  const issuer = new URL(settings.issuer);
  if (issuer.protocol !== 'https:' && !isOwnMachine(issuer)) {
    throw new OrchestraError(
      'USAGE',
      `The identity provider ${settings.issuer} is not reached by https. Ask those who run the API.`,
    );
  }
  const provider = await discoverProvider(settings).catch((cause: unknown) => {
    const message = `The identity provider ${settings.issuer} cannot be reached. Try again in a moment.`;
    throw new OrchestraError('SERVER_UNAVAILABLE', message, { cause });
  });
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  try {
    const { url, pending } = await beginAuthorization(provider, settings, redirectUri);
    const returned = comeBack(server, redirectUri, pending.state);
    // Where showing fails, nobody waits for it.
    returned.catch(() => undefined);
    await show(url);
    const { at, answer } = await returned;
    try {
      const given = await finishAuthorization(provider, settings, at, pending);
      say(answer, 200, 'You are logged in. This page can be closed.');
      return given;
    } catch (cause) {
      say(answer, 400, 'The login did not succeed. The command line says more.');
      const said = at.searchParams.get('error_description') ?? at.searchParams.get('error');
      const why = said === null ? '' : ` The identity provider says: ${said.slice(0, 200)}.`;
      throw new OrchestraError('TOKEN_INVALID', `The login did not succeed.${why} Begin anew.`, { cause });
    }
  } finally {
    server.close();
    server.closeIdleConnections();
  }
}

/** Resolves with the first way back of this very login. */
function comeBack(
  server: ReturnType<typeof createServer>,
  redirectUri: string,
  state: string,
): Promise<{ at: URL; answer: ServerResponse }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const message = `Nobody has logged in within ${patienceMs / 60_000} minutes. Begin anew with \`orchestra login\`.`;
      reject(new OrchestraError('TOKEN_INVALID', message));
    }, patienceMs);
    // The port that is open keeps the process; once it is closed, nobody waits any more.
    timer.unref();
    server.on('request', (request, answer) => {
      const at = new URL(request.url ?? '/', redirectUri);
      const isOurs = request.method === 'GET' && at.pathname === '/callback' && at.searchParams.get('state') === state;
      if (!isOurs)
        return say(answer, 404, 'There is nothing here. Follow the address that the command line has shown.');
      clearTimeout(timer);
      resolve({ at, answer });
    });
  });
}

function say(answer: ServerResponse, status: number, text: string): void {
  answer
    .writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      connection: 'close',
    })
    .end(`${text}\n`);
}
