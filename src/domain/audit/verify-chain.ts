import type { AuditEntry } from './audit-entry';
import { linkText, noHash, signedText } from './chain';
import type { SignedPlace } from './chain';

/** An entry as the database has it, which may have been tampered with. */
export interface StoredEntry {
  seq: number;
  entry: AuditEntry;
  hash: string;
}

/** A place of a chain with its signature, in base64; null where none was made. */
export interface StoredPlace extends Omit<SignedPlace, 'keyId'> {
  keyId: string | null;
  signature: string | null;
}

export interface AuditFault {
  /** Where it was noticed; null for the chain as a whole. */
  seq: number | null;
  detail: string;
}

export interface AuditVerification {
  workspace: string;
  entries: number;
  /** The last number of the chain as it should be. */
  head: number;
  /** Up to here, a signature vouches for every entry; 0 for none. */
  signedTo: number;
  /** Whether there are keys, and every entry is vouched for; without, whoever has the database can have rewritten it all, without a fault. */
  isSigned: boolean;
  anchors: number;
  faults: AuditFault[];
}

export interface AuditCrypto {
  /** In hexadecimal. */
  sha256(text: string): string;
  /** Undefined for a key that is not known. */
  isSigned(text: string, keyId: string, signature: string): boolean | undefined;
  /** Whether there are keys: then what is not signed is a fault. */
  hasKeys: boolean;
}

/** As many are told; a chain that was rewritten is wrong everywhere. */
const maxFaults = 20;

/** Looks at a chain from its first entry to its last. Entries are taken in one after the other, in order of their numbers. */
export class ChainVerifier {
  private previous = noHash;
  private expected = 1;
  private entries = 0;
  private signedTo = 0;
  private readonly faults: AuditFault[] = [];
  /** Places that entries are still to be compared with, by number. */
  private readonly places = new Map<number, StoredPlace[]>();
  private anchors = 0;

  /** @param anchors of the database, and any that were kept elsewhere; those of other workspaces are left alone */
  constructor(
    private readonly workspace: string,
    private readonly head: StoredPlace | undefined,
    anchors: readonly StoredPlace[],
    private readonly crypto: AuditCrypto,
  ) {
    for (const place of [...(head ? [head] : []), ...anchors]) {
      if (place.workspace !== workspace) continue;
      if (place.kind === 'anchor') this.anchors++;
      if (this.isTrusted(place)) this.places.set(place.seq, [...(this.places.get(place.seq) ?? []), place]);
    }
  }

  take({ seq, entry, hash }: StoredEntry): void {
    this.entries++;
    if (seq !== this.expected) this.fault(this.expected, `entry ${this.expected} is missing`);
    if (entry.seq !== seq || entry.workspace !== this.workspace)
      this.fault(seq, `entry ${seq} says that it is number ${entry.seq} of workspace "${entry.workspace}"`);
    const linked = this.crypto.sha256(linkText(this.previous, entry));
    if (linked !== hash) this.fault(seq, `entry ${seq}, or the one before it, is not the one that was written`);
    for (const place of this.places.get(seq) ?? []) {
      // Of what was worked out here, not of what is stored: nothing before this place can differ then.
      if (place.hash !== linked) this.fault(seq, `the chain is not the one of which ${wordsOf(place)} tells`);
      else if (place.signature !== null && this.crypto.hasKeys) this.signedTo = Math.max(this.signedTo, seq);
    }
    this.places.delete(seq);
    this.previous = hash;
    this.expected = seq + 1;
  }

  /** After the last entry. */
  end(): AuditVerification {
    for (const [seq, places] of [...this.places].sort(([left], [right]) => left - right)) {
      for (const place of places)
        this.fault(seq, `entry ${seq}, of which ${wordsOf(place)} tells, is missing: the chain was cut off`);
    }
    const last = this.expected - 1;
    if (this.entries > 0 && !this.head) this.fault(null, 'there is no head: nobody can say where the chain ends');
    if (this.head && this.head.seq < last)
      this.fault(this.head.seq + 1, `the chain goes on after its head, which is at ${this.head.seq}`);
    return {
      workspace: this.workspace,
      entries: this.entries,
      head: this.head?.seq ?? 0,
      signedTo: this.signedTo,
      isSigned: this.crypto.hasKeys && this.signedTo === last,
      anchors: this.anchors,
      faults: this.faults,
    };
  }

  /** Whether a place can be relied upon; a fault where it should be and is not. */
  private isTrusted(place: StoredPlace): boolean {
    const { seq, keyId, signature } = place;
    if (keyId === null || signature === null) {
      // Without keys, the head still shows what careless hands removed.
      if (this.crypto.hasKeys) this.fault(seq, `${wordsOf(place)} is not signed`);
      return place.kind === 'head';
    }
    if (!this.crypto.hasKeys) return place.kind === 'head';
    const isSigned = this.crypto.isSigned(signedText({ ...place, keyId }), keyId, signature);
    if (isSigned === undefined)
      this.fault(seq, `${wordsOf(place)} is signed with the key "${keyId}", which is not there`);
    if (isSigned === false) this.fault(seq, `the signature of ${wordsOf(place)} is not the one of the key "${keyId}"`);
    return isSigned === true;
  }

  private fault(seq: number | null, detail: string): void {
    if (this.faults.length < maxFaults) this.faults.push({ seq, detail });
  }
}

function wordsOf({ kind, seq }: StoredPlace): string {
  return kind === 'head' ? `the head at ${seq}` : `the anchor at ${seq}`;
}
