import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of an installed package. */
export function versionOf(name) {
  const path = join(import.meta.dirname, '..', 'node_modules', name, 'package.json');
  return JSON.parse(readFileSync(path, 'utf8')).version;
}
