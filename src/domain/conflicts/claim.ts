import type { Resource } from './resource';
import { overlaps, readResource } from './resource';

/** What a run does to a resource while it has it. */
export type Access = 'writes' | 'reads';

/** What a run needs for itself, or together with other readers. */
export type Claim = Record<Access, readonly Resource[]>;

/** Two resources of two runs that must not run at once. */
export interface Clash {
  mine: Resource;
  myAccess: Access;
  theirs: Resource;
  theirAccess: Access;
}

const pairs: readonly [Access, Access][] = [
  ['writes', 'writes'],
  ['writes', 'reads'],
  ['reads', 'writes'],
];

/** The first clash of two claims: their resources overlap, and at least one side writes. */
export function clashOf(mine: Claim, theirs: Claim): Clash | undefined {
  for (const [myAccess, theirAccess] of pairs) {
    for (const one of mine[myAccess]) {
      const other = theirs[theirAccess].find((resource) => overlaps(one, resource));
      if (other) return { mine: one, myAccess, theirs: other, theirAccess };
    }
  }
  return undefined;
}

/** A claim as it is written and stored. */
export type ClaimTexts = Record<Access, readonly string[]>;

export function claimOfTexts(texts: ClaimTexts): Claim | { fault: string } {
  const [writes, reads] = [texts.writes.map(readResource), texts.reads.map(readResource)];
  for (const resource of [...writes, ...reads]) if ('fault' in resource) return resource;
  return { writes: writes as Resource[], reads: reads as Resource[] };
}

/** With every resource in its normal form. */
export function textsOfClaim({ writes, reads }: Claim): ClaimTexts {
  return { writes: writes.map(({ text }) => text), reads: reads.map(({ text }) => text) };
}
