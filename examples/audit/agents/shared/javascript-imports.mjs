import { posix } from 'node:path';
import { maskCode } from './mask-code.mjs';
import { lineFinder } from './positions.mjs';

const statement =
  /^[ \t]*(?:import|export)\b(?<clause>(?:(?!\b(?:import|export)\b)[^;'"=()])*?)\bfrom\s*['"](?<from>\.{1,2}(?:\/[^'"\n]*)?)['"]/gm;
const bare = /^[ \t]*import\s*['"](?<from>\.{1,2}\/[^'"\n]*)['"]/gm;
/** Only at the margin: a `require` further in may be deferred on purpose, to break a cycle. */
const required =
  /^(?:(?:const|let|var)\b[^;=]*=\s*|module\.exports\s*=\s*)?require\(\s*['"](?<from>\.{1,2}(?:\/[^'"\n]*)?)['"]\s*\)/gm;
const extensions = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs'];

/** Types are gone at run time, so a cycle of them harms nobody. */
function isTypeOnly(clause) {
  if (/^\s*type\s+[\w$*{]/.test(clause)) return true;
  const names = /^\s*\{(?<names>[^}]*)\}\s*$/
    .exec(clause)
    ?.groups.names.split(',')
    .filter((name) => name.trim() !== '');
  return names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s+\w/.test(name));
}

function resolve(importer, specifier, known) {
  const base = posix.join(posix.dirname(importer), specifier);
  const written = base.replace(/\.([mc]?)jsx?$/, '');
  const candidates = [
    base,
    ...extensions.map((extension) => base + extension),
    ...(written === base ? [] : extensions.slice(0, 4).map((extension) => written + extension)),
    ...extensions.map((extension) => posix.join(base, `index${extension}`)),
  ];
  return candidates.find((candidate) => known.has(candidate));
}

/** Relative imports that run when the module is loaded: `{ to, line }`, `to` being one of the `known` paths. */
export function javascriptImports(path, text, known) {
  const masked = maskCode(text);
  const lineOf = lineFinder(masked);
  const imports = [];
  for (const pattern of [statement, bare, required]) {
    for (const match of masked.matchAll(pattern)) {
      const { from, clause } = match.groups;
      const to = clause !== undefined && isTypeOnly(clause) ? undefined : resolve(path, from, known);
      if (to !== undefined) imports.push({ to, line: lineOf(match.index + match[0].search(/\S/)) });
    }
  }
  return imports;
}
