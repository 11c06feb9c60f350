import * as oidc from 'openid-client';
import type { PendingLogin } from '../api/login/login-ports';
import { isOwnMachine } from './own-machine';

/** Who asks which identity provider for what. */
export interface AuthorizationSettings {
  issuer: string;
  audience: string;
  clientId: string;
  /** A public client has none; PKCE protects it all the same. */
  clientSecret?: string;
  scope: string;
}

/** What the provider says of itself. Rejects where it cannot be reached. */
export function discoverProvider({
  issuer,
  clientId,
  clientSecret,
}: AuthorizationSettings): Promise<oidc.Configuration> {
  const url = new URL(issuer);
  return oidc.discovery(
    url,
    clientId,
    undefined,
    clientSecret === undefined ? oidc.None() : oidc.ClientSecretPost(clientSecret),
    {
      timeout: 5,
      // Without https on this machine only.
      ...(isOwnMachine(url) && { execute: [oidc.allowInsecureRequests] }),
    },
  );
}

/** Where people are sent, and what is to be remembered until they are back: authorisation code with PKCE, state and nonce. */
export async function beginAuthorization(
  provider: oidc.Configuration,
  { audience, scope }: AuthorizationSettings,
  redirectUri: string,
): Promise<{ url: string; pending: PendingLogin }> {
  const verifier = oidc.randomPKCECodeVerifier();
  const pending = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier };
  const url = oidc.buildAuthorizationUrl(provider, {
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
}

/** The access token of whoever came back to `url`. Rejects where it is none of this login. */
export async function finishAuthorization(
  provider: oidc.Configuration,
  { audience }: AuthorizationSettings,
  url: URL,
  { state, nonce, verifier }: PendingLogin,
): Promise<{ token: string; expiresInSeconds: number | undefined }> {
  const tokens = await oidc.authorizationCodeGrant(
    provider,
    url,
    { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
    URL.canParse(audience) ? { resource: audience } : {},
  );
  return { token: tokens.access_token, expiresInSeconds: tokens.expiresIn() };
}
