import { createHttpClient } from '../sdk/client/http-client';
import type { Connection, Fetch, HttpOptions } from '../sdk/client/options';
import { Orchestra } from '../sdk/client/orchestra';
import type { DirectApi } from './direct-api';
import type { DirectOptions } from './direct-options';

export type ClientOptions = HttpOptions | DirectOptions;

/** A client of the HTTP API, or of the servers behind it. Nothing is asked, and nothing connected, before the first call. */
export function createClient(options: ClientOptions): Orchestra {
  if ('apiUrl' in options) return createHttpClient(options);
  return new Orchestra(directConnection(options), options);
}

/** The API itself, in this process: the same operations, checks and errors, without a port. */
function directConnection(options: DirectOptions): Connection {
  let api: Promise<DirectApi> | undefined;
  const open = async (): Promise<DirectApi> => {
    // Not with the entry of the package: who serves an agent needs nothing of this.
    const { openDirectApi } = await import('./direct-api.js');
    return openDirectApi(options);
  };
  const fetch: Fetch = async (url, request) => {
    const opening = (api ??= open());
    const opened = await opening;
    // What could not be opened is tried again by the next request.
    if (!opened.isOpen && api === opening) api = undefined;
    return opened.fetch(url, request);
  };
  return {
    apiUrl: 'http://orchestra.invalid',
    fetch,
    headers: () => ({ authorization: 'Bearer direct' }),
    close: async () => {
      await (await api)?.close();
    },
  };
}
