import { globsIntersect } from './glob';

/** Something that tasks write or read: `file:src/a.ts`, `repo:main`, or many at once: `file:src/**`. */
export interface Resource {
  /** In its normal form. */
  text: string;
  kind: string;
  name: string;
  isGlob: boolean;
  /** What every name that it stands for begins with. */
  prefix: string;
}

export const maxResourceLength = 500;

const kindPattern = /^[a-z][a-z0-9-]{0,31}$/;
const example = 'write a kind and a name, such as repo:main, file:src/a.ts or file:docs/**';

/** Reads `kind:name`; empty and `.` segments of the name mean nothing and are left out. Returns what is wrong otherwise, and what to do. */
export function readResource(text: string): Resource | { fault: string } {
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(0, colon));
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
  if (colon < 0) return { fault: `${shown} names no kind: ${example}` };
  if (!kindPattern.test(kind)) {
    return { fault: `the kind of ${shown} is not made of small letters, digits and "-": ${example}` };
  }
  const given = text.slice(colon + 1);
  const segments = given.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.length === 0) return { fault: `${shown} names nothing: ${example}` };
  if (text.length > maxResourceLength)
    return { fault: `${shown} has more than ${maxResourceLength} characters: name a folder with /** instead` };
  if (given !== given.trim()) return { fault: `the name in ${shown} begins or ends with white space: remove it` };
  if (/[\p{Cc}\p{Surrogate}]/u.test(given)) return { fault: `${shown} holds a control character: remove it` };
  if (segments.includes('..')) {
    return { fault: `${shown} holds "..", so that others may know it by another name: name it from the top` };
  }
  return resource(kind, (given.startsWith('/') ? '/' : '') + withoutRepeats(segments).join('/'));
}

/** Whether some name is meant by both. Exact for any two patterns. */
export function overlaps(left: Resource, right: Resource): boolean {
  if (left.kind !== right.kind) return false;
  if (!left.isGlob && !right.isGlob) return left.name === right.name;
  const length = Math.min(left.prefix.length, right.prefix.length);
  if (left.prefix.slice(0, length) !== right.prefix.slice(0, length)) return false;
  return globsIntersect(left.name, right.name);
}

function resource(kind: string, name: string): Resource {
  const wildcard = name.search(/[*?]/);
  const isGlob = wildcard >= 0;
  // `src/**` stands for `src` as well.
  const isWholeFolder = isGlob && name.slice(wildcard - 1) === '/**';
  const prefix = isGlob ? name.slice(0, isWholeFolder ? wildcard - 1 : wildcard) : name;
  return { text: `${kind}:${name}`, kind, name, isGlob, prefix };
}

/** Three stars mean two, and `**` after `**` nothing more. */
function withoutRepeats(segments: readonly string[]): string[] {
  return segments
    .map((segment) => segment.replace(/\*{3,}/g, '**'))
    .filter((segment, at, all) => segment !== '**' || all[at - 1] !== '**');
}
