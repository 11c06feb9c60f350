import { OrchestraError } from '../domain/errors';

/** What a page ends with, as clients send it back. */
export function cursorOf(last: string): string {
  return Buffer.from(last).toString('base64url');
}

/** Throws USAGE for what is no cursor. */
export function readCursor(cursor: string): string {
  const last = Buffer.from(cursor, 'base64url').toString();
  if (last !== '' && !last.includes('\0') && cursorOf(last) === cursor) return last;
  throw new OrchestraError('USAGE', 'The cursor is not one of this API: send the `next` of the page before.');
}

/** A page of what was found with one more than is shown, which tells whether there are more. */
export function pageOf<T>(
  found: readonly T[],
  limit: number,
  name: (last: T) => string,
): { page: T[]; next: string | null } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { page, next: found.length > limit && last !== undefined ? cursorOf(name(last)) : null };
}
