import { canonicalJson } from '../canonical-json';
import type { Json } from '../json';
import type { AuditEntry } from './audit-entry';

/** A signed statement that a chain has this hash at this place. `head`: it ends here. */
export interface SignedPlace {
  kind: 'head' | 'anchor';
  workspace: string;
  seq: number;
  /** In hexadecimal. */
  hash: string;
  /** Milliseconds since 1970; of anchors. */
  at?: number;
  keyId: string;
}

/** What comes before the first entry of a chain. */
export const noHash = '0'.repeat(64);

/** What is hashed for an entry: the hash of the one before it, in hexadecimal, and all that it says. */
export function linkText(previous: string, entry: AuditEntry): string {
  return `orchestra-audit-1\n${previous}\n${canonicalJson(entry as unknown as Json)}`;
}

/** What is signed. An anchor cannot pass for a head: they say what they are. */
export function signedText({ kind, workspace, seq, hash, at, keyId }: SignedPlace): string {
  return canonicalJson(['orchestra-audit-1', kind, workspace, seq, hash, at ?? null, keyId]);
}
