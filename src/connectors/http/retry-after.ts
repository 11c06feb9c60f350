/** How long a `Retry-After` header asks to wait, from its seconds or its HTTP date; undefined where it says nothing understandable. */
export function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const value = header?.trim();
  if (value === undefined) return undefined;
  if (/^\d{1,12}$/.test(value)) return Number(value) * 1_000;
  // Date.parse takes almost anything for a date; an HTTP date always ends in GMT.
  if (!value.endsWith(' GMT')) return undefined;
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
