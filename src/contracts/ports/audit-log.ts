import type { AuditAction, AuditEntry, AuditOutcome } from '../../domain/audit/audit-entry';
import type { AuditVerification, StoredEntry, StoredPlace } from '../../domain/audit/verify-chain';

/** Signs places of chains. */
export interface AuditSigner {
  keyId: string;
  /** In base64. */
  sign(text: string): string;
}

/** Which entries are asked for; all that is given must hold. */
export interface AuditQuery {
  actor?: string;
  action?: string;
  outcome?: AuditOutcome;
  /** Milliseconds since 1970. */
  since?: number;
  /** Only entries with a smaller number. */
  before?: number;
  limit: number;
}

/** The audit logs of all workspaces. */
export interface AuditLog {
  /**
   * Resolves with the number of the entry once it is committed; entries of one process that come together share a transaction. Rejects where it
   * cannot be written.
   */
  append(workspace: string, action: AuditAction): Promise<number>;
  /** The latest first. */
  list(workspace: string, query: AuditQuery): Promise<AuditEntry[]>;
  /** Looks at the whole chain as it is in one moment. `kept`: anchors that were kept elsewhere. */
  verify(workspace: string, kept?: readonly StoredPlace[]): Promise<AuditVerification>;
  /** All entries of that moment, in order, then the head and the anchors. */
  export(
    workspace: string,
    each: (line: { entry: StoredEntry } | { place: StoredPlace }) => Promise<void>,
  ): Promise<void>;
  /** Waits for what is being written, and anchors the chains that this process has made longer. */
  close(): Promise<void>;
}
