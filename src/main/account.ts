import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Account, AccountOverview } from '../cli/account-port';
import { errorTable, OrchestraError } from '../domain/errors';
import type { ErrorCode } from '../domain/errors';
import { LoginFile } from './login-file';
import { isOwnMachine } from './own-machine';

const timeoutMs = 60_000;

const loginConfiguration = z.object({
  issuer: z.url(),
  audience: z.string(),
  clientId: z.string(),
  scope: z.string(),
});

const whoSchema = z.object({ subject: z.string(), role: z.string(), workspace: z.string() });

interface Credentials {
  token: string;
  workspace: string | undefined;
}

/** The logins of whoever runs this process, in a file of theirs. What talks to identity providers is loaded when somebody logs in. */
export function createAccount(environment: NodeJS.ProcessEnv, now: () => number): Account {
  const file = new LoginFile(environment);

  const addressOf = (given: string | undefined): string => {
    const known = Object.keys(file.all());
    const variable = environment['ORCHESTRA_API_URL'];
    const address = given ?? (variable === '' ? undefined : variable) ?? (known.length === 1 ? known[0] : undefined);
    if (address !== undefined) return readAddress(address);
    const which = known.length === 0 ? 'You are logged in nowhere' : `You are logged in at ${known.join(', ')}`;
    throw new OrchestraError('USAGE', `${which}: say which API is meant, with --api URL or ORCHESTRA_API_URL.`);
  };

  const loginAt = (api: string): Credentials & { expiresAt: number | null } => {
    const login = file.all()[api];
    if (!login) {
      throw new OrchestraError(
        'TOKEN_INVALID',
        `You are not logged in at ${api}. \`orchestra login --api ${api}\` does it.`,
      );
    }
    if (login.expiresAt !== null && login.expiresAt <= now()) {
      const when = new Date(login.expiresAt).toISOString();
      throw new OrchestraError(
        'TOKEN_INVALID',
        `Your login at ${api} has expired, at ${when}. Log in again: \`orchestra login --api ${api}\`.`,
      );
    }
    return login;
  };

  const keep = async (api: string, credentials: Credentials, expiresAt: number | null): Promise<AccountOverview> => {
    const who = await whoIs(api, credentials);
    await file.put(api, { token: credentials.token, workspace: who.workspace, expiresAt });
    return { api, ...who, expiresAt };
  };

  return {
    logIn: async (given, { workspace, show }) => {
      const api = addressOf(given);
      const { status, text } = await ask(api, undefined, { method: 'GET', path: '/login/configuration' });
      if (status === 404) {
        throw new OrchestraError(
          'USAGE',
          `Nobody can log in at ${api}: it has no identity provider (docs/access.md says how), or none for the command line. Give a token with --with-token.`,
        );
      }
      if (status !== 200) throw problemOf(api, status, text);
      const settings = readAnswer(api, loginConfiguration, text);
      const { logInWithBrowser } = await import('./log-in-with-browser.js');
      const { token, expiresInSeconds } = await logInWithBrowser(settings, show);
      const expiresAt = expiresInSeconds === undefined ? null : now() + expiresInSeconds * 1_000;
      return keep(api, { token, workspace }, expiresAt);
    },
    logInWithToken: (given, token, workspace) => keep(addressOf(given), { token, workspace }, null),
    logOut: async (given) => {
      const api = addressOf(given);
      return (await file.remove(api)) ? api : undefined;
    },
    whoAmI: async (given) => {
      const api = addressOf(given);
      const login = loginAt(api);
      return { api, ...(await whoIs(api, login)), expiresAt: login.expiresAt };
    },
    request: async (given, request) => {
      const api = addressOf(given);
      return ask(api, loginAt(api), request);
    },
  };
}

/** A token is for nobody on the way. Throws USAGE. */
function readAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url && url.username === '' && url.search === '' && url.hash === '';
  if (isPlain && (url.protocol === 'https:' || isOwnMachine(url))) return url.href.replace(/\/+$/, '');
  throw new OrchestraError(
    'USAGE',
    `"${text}" is no address of an API: take one with https, or with http on this machine, such as http://127.0.0.1:4700.`,
  );
}

async function whoIs(api: string, credentials: Credentials): Promise<z.output<typeof whoSchema>> {
  const { status, text } = await ask(api, credentials, { method: 'GET', path: '/v1/whoami' });
  if (status !== 200) throw problemOf(api, status, text);
  return readAnswer(api, whoSchema, text);
}

async function ask(
  api: string,
  credentials: Credentials | undefined,
  { method, path, body }: { method: string; path: string; body?: string },
): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(`${api}${path}`, {
      method,
      // Nobody else is to be given the token.
      redirect: 'error',
      headers: {
        ...(credentials && { authorization: `Bearer ${credentials.token}` }),
        ...(credentials?.workspace !== undefined && { 'orchestra-workspace': credentials.workspace }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
      },
      ...(body !== undefined && { body }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const { cause } = error as Error;
    const why = cause instanceof Error ? cause.message : (error as Error).message;
    throw new OrchestraError('SERVER_UNAVAILABLE', `The API at ${api} cannot be reached: ${why || 'nobody answers'}.`, {
      cause: error,
    });
  }
}

function problemOf(api: string, status: number, text: string): OrchestraError {
  const { code, detail } = readProblem(text);
  if (code !== undefined && detail !== undefined) return new OrchestraError(code, `${api} says: ${detail}`);
  return new OrchestraError('SERVER_UNAVAILABLE', `${api} answered HTTP ${status}: is it the API?`);
}

function readProblem(text: string): { code?: ErrorCode; detail?: string } {
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    if (typeof code === 'string' && Object.hasOwn(errorTable, code) && typeof detail === 'string') {
      return { code: code as ErrorCode, detail };
    }
  } catch {
    // No answer of the API.
  }
  return {};
}

function readAnswer<Schema extends z.ZodType>(api: string, schema: Schema, text: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new OrchestraError('SERVER_UNAVAILABLE', `${api} answered something else: is it the API?`, { cause });
  }
}
