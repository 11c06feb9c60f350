import type { CallOptions } from './options';
import type { Requester } from './requester';
import type { AuditEntries, AuditFilter, AuditVerification } from './types';

/** Who did what, and who was refused. */
export class Audit {
  constructor(private readonly api: Requester) {}

  /** The latest first; `next` is the cursor of the page behind it. */
  list(filter: AuditFilter = {}, options?: CallOptions): Promise<AuditEntries> {
    return this.api.send({ method: 'GET', path: '/v1/audit', query: filter }, options);
  }

  /** Looks through the whole log for what was tampered with. */
  verify(options?: CallOptions): Promise<AuditVerification> {
    return this.api.send({ method: 'GET', path: '/v1/audit/verify' }, options);
  }
}
