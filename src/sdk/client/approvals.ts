import { eachRow } from './each-row';
import type { CallOptions, ChangeOptions } from './options';
import type { Requester } from './requester';
import type { Approval, ApprovalAnswer } from './types';
import { urlPath } from './url-path';

/** Questions to people. */
export class Approvals {
  constructor(private readonly api: Requester) {}

  /** Those that wait for an answer, or `all`, oldest first. */
  list(filter: { all?: boolean; limit?: number } = {}, options?: CallOptions): Promise<Approval[]> {
    return this.api
      .send<{ approvals: Approval[] }>({ method: 'GET', path: '/v1/approvals', query: filter }, options)
      .then(({ approvals }) => approvals);
  }

  /** All of these, page by page. */
  each(filter: { all?: boolean; limit?: number } = {}, options?: CallOptions): AsyncGenerator<Approval> {
    return eachRow(this.api, '/v1/approvals', 'approvals', filter, options);
  }

  get(id: string, options?: CallOptions): Promise<Approval> {
    return this.api.send({ method: 'GET', path: urlPath`/v1/approvals/${id}` }, options);
  }

  /** Answers once. With the hash of the question that was read, no other one is answered. Rejects with COMMAND_REFUSED. */
  decide(
    id: string,
    answer: ApprovalAnswer,
    read: { questionHash?: string } = {},
    options?: ChangeOptions,
  ): Promise<Approval> {
    const path = urlPath`/v1/approvals/${id}/decision`;
    return this.api.send({ method: 'POST', path, body: { answer, ...read } }, options);
  }
}
