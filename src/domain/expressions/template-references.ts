import type { Json } from '../json';
import { parseTemplate } from './template';
import type { Reference } from './reference';

/** A reference, or the fault of a template that cannot be read, with where it stands in the value. */
export type FoundReference = { path: (string | number)[] } & ({ reference: Reference } | { fault: string });

/** All references in the texts of a value, at any depth. Keys of objects hold no templates. */
export function referencesInTemplates(value: Json | undefined): FoundReference[] {
  const found: FoundReference[] = [];
  if (value !== undefined) collect(value, [], found);
  return found;
}

function collect(value: Json, path: (string | number)[], found: FoundReference[]): void {
  if (typeof value === 'string') {
    if (!value.includes('${{')) return;
    try {
      for (const part of parseTemplate(value)) if (typeof part !== 'string') found.push({ path, reference: part });
    } catch (error) {
      found.push({ path, fault: error instanceof Error ? error.message : String(error) });
    }
  } else if (Array.isArray(value)) {
    value.forEach((member, index) => collect(member, [...path, index], found));
  } else if (value !== null && typeof value === 'object') {
    for (const [key, member] of Object.entries(value)) collect(member, [...path, key], found);
  }
}
