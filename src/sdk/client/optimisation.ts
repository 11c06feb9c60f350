import { eachRow } from './each-row';
import type { CallOptions, ChangeOptions } from './options';
import type { Requester } from './requester';
import type { AppliedProposal, Proposal } from './types';
import { urlPath } from './url-path';

/** Changes that outcomes speak for. */
export class Optimisation {
  constructor(private readonly api: Requester) {}

  /** Looks at what attempts came to; changes nothing. */
  propose(options?: ChangeOptions): Promise<Proposal[]> {
    const operation = { method: 'POST' as const, path: '/v1/optimisation/proposals', body: {} };
    return this.api.send<{ proposals: Proposal[] }>(operation, options).then(({ proposals }) => proposals);
  }

  /** Makes exactly these changes, all or none. Rejects with PROPOSAL_NOT_FOUND and PROPOSAL_OUTDATED. */
  apply(proposals: string[], options?: ChangeOptions): Promise<AppliedProposal[]> {
    const operation = { method: 'POST' as const, path: '/v1/optimisation/apply', body: { proposals } };
    return this.api.send<{ applied: AppliedProposal[] }>(operation, options).then(({ applied }) => applied);
  }

  /** Puts the values back that were there before. Rejects with PROPOSAL_NOT_FOUND and PROPOSAL_OUTDATED. */
  undo(proposal: string, options?: ChangeOptions): Promise<AppliedProposal> {
    const path = urlPath`/v1/optimisation/proposals/${proposal}/undo`;
    return this.api.send({ method: 'POST', path, body: {} }, options);
  }

  /** What was applied and undone, the latest first. */
  history(filter: { limit?: number } = {}, options?: CallOptions): Promise<AppliedProposal[]> {
    const operation = { method: 'GET' as const, path: '/v1/optimisation/applied', query: filter };
    return this.api.send<{ applied: AppliedProposal[] }>(operation, options).then(({ applied }) => applied);
  }

  /** All of that, page by page. */
  eachApplied(filter: { limit?: number } = {}, options?: CallOptions): AsyncGenerator<AppliedProposal> {
    return eachRow(this.api, '/v1/optimisation/applied', 'applied', filter, options);
  }
}
