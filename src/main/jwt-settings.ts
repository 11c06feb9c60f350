/** Which JWTs are trusted; nothing that a token says of itself changes it. */
export interface JwtSettings {
  issuer: string;
  audience: string;
  /** The only one. */
  algorithm: (typeof jwtAlgorithms)[number];
  /** A JWKS: a file, or an address with https. Where it is absent, the issuer says where its keys are. */
  keys?: string;
}

/** What the API is to the identity provider. */
export interface LoginSettings {
  issuer: string;
  audience: string;
  clientId: string;
  /** A public client has none; PKCE protects it all the same. */
  clientSecret?: string;
  scope: string;
  /** What the command line is called there, which can keep no secret; absent where only the API can be logged in at. */
  cliClientId?: string;
}

/** Those with public keys: with a shared secret, whoever checks tokens could make some. */
export const jwtAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;
