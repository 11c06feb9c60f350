import { OrchestraError } from './errors';

/** What a change was made from: one of these etags; with '*', anything that is there; undefined where it does not say. */
export type IfMatch = '*' | readonly string[] | undefined;

/**
 * Lets a change through that was made from what there is. Whoever writes asks under the lock under which it writes, so that of two changes of the same
 * version one is made. Throws PRECONDITION_FAILED.
 *
 * @param present the etag of what there is; undefined where there is nothing
 * @param what names it in the message, at the beginning of a sentence: `Agent "ada"`
 */
export function requireMatch(ifMatch: IfMatch, present: string | undefined, what: string): void {
  if (ifMatch === undefined) return;
  if (present !== undefined && (ifMatch === '*' || ifMatch.includes(present))) return;
  throw new OrchestraError(
    'PRECONDITION_FAILED',
    `${what} is not what your change was made from any more. Get it again, make your change to that, and send it with its ETag.`,
  );
}
