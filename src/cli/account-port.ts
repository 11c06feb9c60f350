/** Who somebody is at an API. */
export interface AccountOverview {
  /** Address of the API. */
  api: string;
  subject: string;
  role: string;
  workspace: string;
  /** Milliseconds since 1970; null where the API alone knows. */
  expiresAt: number | null;
}

/**
 * The logins of whoever runs the command, at APIs. `api` is the address that a command was given; else it is that of ORCHESTRA_API_URL, else that of
 * the only login. All methods throw USAGE where there is none, and what the API answers.
 */
export interface Account {
  /** With a browser; `show` is told where it is to go. */
  logIn(
    api: string | undefined,
    options: { workspace: string | undefined; show(url: string): Promise<void> },
  ): Promise<AccountOverview>;
  logInWithToken(api: string | undefined, token: string, workspace: string | undefined): Promise<AccountOverview>;
  /** Forgets a login, and resolves with the address of its API; undefined where there was none. */
  logOut(api: string | undefined): Promise<string | undefined>;
  whoAmI(api: string | undefined): Promise<AccountOverview>;
  /** Any request to the API; `path` begins with `/`. */
  request(
    api: string | undefined,
    request: { method: string; path: string; body?: string },
  ): Promise<{ status: number; text: string }>;
}
