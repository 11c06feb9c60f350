import type { Configuration } from 'openid-client';
import type { LoginProvider } from '../api/login/login-ports';
import type { Recognise } from '../api/principal';
import { OrchestraError } from '../domain/errors';
import { beginAuthorization, discoverProvider, finishAuthorization } from './authorization';
import type { LoginSettings } from './jwt-settings';

/** Login with an identity provider, by authorisation code and PKCE. Who it is, the access token says, by the rules for any JWT. */
export function createLoginProvider(settings: LoginSettings, recognise: Recognise): LoginProvider {
  let found: Promise<Configuration> | undefined;
  const provider = (): Promise<Configuration> => {
    found ??= discoverProvider(settings).catch((cause: unknown) => {
      found = undefined;
      const message = 'The identity provider cannot be reached. Try again in a moment.';
      throw new OrchestraError('SERVER_UNAVAILABLE', message, { cause });
    });
    return found;
  };
  return {
    begin: async (redirectUri) => beginAuthorization(await provider(), settings, redirectUri),
    finish: async (url, pending, workspace) => {
      const configuration = await provider();
      const { token } = await finishAuthorization(configuration, settings, url, pending).catch((cause: unknown) => {
        throw new OrchestraError('TOKEN_INVALID', 'The login did not succeed. Begin anew at /login.', { cause });
      });
      return recognise(token, workspace);
    },
  };
}
