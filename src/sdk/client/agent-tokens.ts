import { allRows, wholeList } from './each-row';
import type { CallOptions, ChangeOptions } from './options';
import type { Requester } from './requester';
import type { AgentToken, MadeAgentToken, NewAgentToken } from './types';
import { urlPath } from './url-path';

/** Tokens by which agents come for their work. */
export class AgentTokens {
  constructor(private readonly api: Requester) {}

  list(agent: string, options?: CallOptions): Promise<AgentToken[]> {
    return allRows(this.api, urlPath`/v1/agents/${agent}/tokens`, 'tokens', wholeList, options);
  }

  /** The answer is the only place where its secret stands. */
  create(agent: string, token: NewAgentToken = {}, options?: ChangeOptions): Promise<MadeAgentToken> {
    return this.api.send({ method: 'POST', path: urlPath`/v1/agents/${agent}/tokens`, body: token }, options);
  }

  async revoke(agent: string, id: string, options?: CallOptions): Promise<void> {
    await this.api.send({ method: 'DELETE', path: urlPath`/v1/agents/${agent}/tokens/${id}` }, options);
  }
}
