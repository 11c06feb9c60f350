import type { HttpOptions } from './options';
import { Orchestra } from './orchestra';

/** A client of the HTTP API. Nothing is asked before the first call. */
export function createHttpClient(options: HttpOptions): Orchestra {
  const { apiUrl, token, workspace, fetch: ownFetch, ...settings } = options;
  const connection = {
    apiUrl: apiUrl.replace(/\/+$/, ''),
    // Browsers want it called as a function of the window.
    fetch: ownFetch ?? ((url: string, request: RequestInit) => fetch(url, request)),
    headers: async () => ({
      authorization: `Bearer ${typeof token === 'function' ? await token() : token}`,
      ...(workspace !== undefined && { 'orchestra-workspace': workspace }),
    }),
  };
  return new Orchestra(connection, settings);
}
