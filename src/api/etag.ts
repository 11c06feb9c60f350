import { tagOf } from '../contracts/schemas/etags';
import type { IfMatch } from '../domain/if-match';

/**
 * Equal for equal answers. That of a thing that can be changed begins with the `etag` in it, which is that of what was written of it, and ends with that
 * of all that is shown: what happens to the thing makes its answer another one, and refuses no change.
 */
export function etagOf(body: unknown, text: string): string {
  const whole = tagOf(text);
  return isWritten(body) ? `${body.etag}.${whole}` : whole;
}

function isWritten(body: unknown): body is { etag: string } {
  return typeof body === 'object' && body !== null && 'etag' in body && typeof body.etag === 'string';
}

/** Whether an `If-None-Match` header names the version. */
export function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => one.trim() === '*' || unquoted(one) === etag);
}

/** The etags that an `If-Match` header names: of a tag, what it says of what was written. */
export function readIfMatch(header: string | undefined): IfMatch {
  if (header === undefined) return undefined;
  return header.trim() === '*' ? '*' : header.split(',').map((one) => unquoted(one).replace(/\..*$/, ''));
}

/** Proxies that compress answers make their tags weak. */
function unquoted(tag: string): string {
  return tag
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');
}
