import type { Json } from './json';

/** About how many characters the value has as JSON; it stops counting above `most`, so a value may stand in itself more often than anybody could count. */
export function jsonLength(value: Json, most: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (value === null || typeof value !== 'object') return String(value).length;
  let length = 2;
  for (const [key, member] of Object.entries(value)) {
    length += (Array.isArray(value) ? 1 : key.length + 4) + jsonLength(member, most - length);
    if (length > most) break;
  }
  return length;
}
