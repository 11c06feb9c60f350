import type { Json } from '../json';

/** What a value of the scope becomes for CEL, and how much there is of it. */
export interface CelValue {
  value: unknown;
  /** Items of the longest list in it. */
  longestList: number;
}

/** Integral numbers become ints (JavaScript's safe range; beyond it, doubles), others doubles. Objects lose their prototypes. */
export function toCelValue(json: Json): CelValue {
  let longestList = 0;
  const convert = (value: Json): unknown => {
    if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
    if (Array.isArray(value)) {
      longestList = Math.max(longestList, value.length);
      return value.map(convert);
    }
    if (value === null || typeof value !== 'object') return value;
    const members = Object.create(null) as Record<string, unknown>;
    for (const [key, member] of Object.entries(value)) members[key] = convert(member);
    return members;
  };
  const value = convert(json);
  return { value, longestList };
}
