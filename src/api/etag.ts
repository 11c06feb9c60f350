import { createHash } from 'node:crypto';

/** Equal for equal answers. */
export function etagOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 27);
}

/** Whether an `If-None-Match` header names the version. */
export function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => one.trim() === '*' || unquoted(one) === etag);
}

export function readIfMatch(header: string | undefined): string | undefined {
  return header === undefined ? undefined : unquoted(header);
}

/** Proxies that compress answers make their tags weak. */
function unquoted(tag: string): string {
  return tag
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');
}
