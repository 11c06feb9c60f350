import { allRows, wholeList } from './each-row';
import type { CallOptions, ChangeOptions } from './options';
import type { Requester } from './requester';
import type { ApiToken, MadeToken, NewToken } from './types';
import { urlPath } from './url-path';

/** Tokens of programs. */
export class Tokens {
  constructor(private readonly api: Requester) {}

  /** Those that are valid, without their secrets. */
  list(options?: CallOptions): Promise<ApiToken[]> {
    return allRows(this.api, '/v1/tokens', 'tokens', wholeList, options);
  }

  /** The answer is the only place where its secret stands. */
  create(token: NewToken, options?: ChangeOptions): Promise<MadeToken> {
    return this.api.send({ method: 'POST', path: '/v1/tokens', body: token }, options);
  }

  async revoke(id: string, options?: CallOptions): Promise<void> {
    await this.api.send({ method: 'DELETE', path: urlPath`/v1/tokens/${id}` }, options);
  }
}
