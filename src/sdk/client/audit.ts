import { ApiError } from '../api-error';
import { ConnectionError } from './connection-error';
import { eachRow } from './each-row';
import type { CallOptions } from './options';
import { readJsonLines } from './read-json-lines';
import type { Requester } from './requester';
import type { AuditAnchor, AuditEntries, AuditEntry, AuditExportLine, AuditFilter, AuditVerification } from './types';

/** Who did what, and who was refused. */
export class Audit {
  constructor(private readonly api: Requester) {}

  /** The latest first; `next` is the cursor of the page behind it. */
  list(filter: AuditFilter = {}, options?: CallOptions): Promise<AuditEntries> {
    return this.api.send({ method: 'GET', path: '/v1/audit', query: filter }, options);
  }

  /** All of these, page by page. */
  each(filter: Omit<AuditFilter, 'cursor'> = {}, options?: CallOptions): AsyncGenerator<AuditEntry> {
    return eachRow(this.api, '/v1/audit', 'entries', filter, options);
  }

  /** The whole log while it comes: entries with their hashes, then the signed head and the anchors. Throws a ConnectionError where it breaks off. */
  async *export({ signal }: Pick<CallOptions, 'signal'> = {}): AsyncGenerator<AuditExportLine> {
    const joined = this.api.join(signal);
    let isWhole = false;
    try {
      const { body } = await this.api.open({ method: 'GET', path: '/v1/audit/export' }, joined.signal);
      if (!body) throw new ConnectionError('The export has no body.', 'not-the-api');
      for await (const line of readJsonLines(body) as AsyncGenerator<AuditExportLine>) {
        isWhole ||= 'kind' in line;
        yield line;
      }
      // Behind the entries comes the head.
      if (!isWhole) throw new ConnectionError('The export has no end.', 'network');
    } catch (error) {
      if (joined.signal.aborted) throw joined.signal.reason;
      if (error instanceof ApiError || error instanceof ConnectionError) throw error;
      throw new ConnectionError('The export was cut off.', 'network', { cause: error });
    } finally {
      joined.release();
    }
  }

  /** Looks through the whole log for what was tampered with, also by `anchors` that were kept outside: then it is noticed as well that an old copy was put back. */
  verify({ anchors, ...options }: CallOptions & { anchors?: readonly AuditAnchor[] } = {}): Promise<AuditVerification> {
    const path = '/v1/audit/verify';
    return this.api.send(anchors ? { method: 'POST', path, body: { anchors } } : { method: 'GET', path }, options);
  }
}
