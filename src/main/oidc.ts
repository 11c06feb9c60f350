import * as oidc from 'openid-client';
import type { LoginProvider } from '../api/login/login-ports';
import type { Principal } from '../domain/access/roles';
import { OrchestraError } from '../domain/errors';
import type { LoginSettings } from './jwt-settings';
import { isLoopback } from './open-door';

/** Login with an identity provider, by authorisation code and PKCE. Who it is, the access token says, by the rules for any JWT. */
export function createLoginProvider(
  settings: LoginSettings,
  recognise: (token: string) => Promise<Principal>,
): LoginProvider {
  let found: Promise<oidc.Configuration> | undefined;
  const provider = (): Promise<oidc.Configuration> => {
    found ??= discover(settings).catch((cause: unknown) => {
      found = undefined;
      const message = 'The identity provider cannot be reached. Try again in a moment.';
      throw new OrchestraError('SERVER_UNAVAILABLE', message, { cause });
    });
    return found;
  };
  return {
    begin: async (redirectUri) => {
      const verifier = oidc.randomPKCECodeVerifier();
      const pending = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier };
      const { audience, scope } = settings;
      const url = oidc.buildAuthorizationUrl(await provider(), {
        redirect_uri: redirectUri,
        scope,
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        // Providers want to hear whom the access token is for in one of two ways.
        audience,
        ...(URL.canParse(audience) && { resource: audience }),
      });
      return { url: url.href, pending };
    },
    finish: async (url, { state, nonce, verifier }) => {
      const configuration = await provider();
      const { audience } = settings;
      const tokens = await oidc
        .authorizationCodeGrant(
          configuration,
          url,
          { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
          URL.canParse(audience) ? { resource: audience } : {},
        )
        .catch((cause: unknown) => {
          throw new OrchestraError('TOKEN_INVALID', 'The login did not succeed. Begin anew at /login.', { cause });
        });
      return recognise(tokens.access_token);
    },
  };
}

async function discover({ issuer, clientId, clientSecret }: LoginSettings): Promise<oidc.Configuration> {
  const url = new URL(issuer);
  const isOwnMachine = url.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
  return oidc.discovery(
    url,
    clientId,
    undefined,
    clientSecret === undefined ? oidc.None() : oidc.ClientSecretPost(clientSecret),
    {
      timeout: 5,
      // Without https on this machine only.
      ...(isOwnMachine && { execute: [oidc.allowInsecureRequests] }),
    },
  );
}
