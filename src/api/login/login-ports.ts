import type { Principal } from '../../domain/access/roles';

/** Secrets in the cookies of people begin so; no other token is taken from a cookie, nor one of these from a header. */
export const loginTokenPrefix = 'orc_login';

/** What is kept while somebody is with the identity provider. */
export interface PendingLogin {
  state: string;
  nonce: string;
  /** Of PKCE (RFC 7636). */
  verifier: string;
}

/** The identity provider. */
export interface LoginProvider {
  /** Where people are sent, and what is to be remembered until they are back. */
  begin(redirectUri: string): Promise<{ url: string; pending: PendingLogin }>;
  /** Who came back to `url`, in the workspace that they mean, where they are members of several. Throws TOKEN_INVALID and TOKEN_FORBIDDEN. */
  finish(url: URL, pending: PendingLogin, workspace?: string): Promise<Principal>;
}

/** What a program of this person's machine needs for a login of its own. */
export interface ProgramLogin {
  issuer: string;
  audience: string;
  /** Of a public client. */
  clientId: string;
  scope: string;
}

/** People who have logged in with a browser. */
export interface Logins {
  /** Resolves with the secret of their cookie, of which a hash is kept. */
  add(principal: Principal, expiresAt: number): Promise<string>;
  remove(secret: string): Promise<void>;
}

export interface LoginDependencies {
  provider: LoginProvider;
  logins: Logins;
  /** Where people find the API: `https://orchestra.example.com`. */
  publicUrl: string;
  /** Undefined where programs cannot log people in. */
  forPrograms: ProgramLogin | undefined;
  /** Milliseconds since 1970. */
  now(): number;
}
