import { posix } from 'node:path';
import { lineFinder } from './positions.mjs';

const statement =
  /^(?<indent>[ \t]*)from[ \t]+(?<dots>\.+)[ \t]*(?<module>[\w.]*)[ \t]+import[ \t]+(?:\((?<list>[^)]*)\)|(?<names>[^\n#]*))/gm;

function blank(stretch) {
  return stretch.replace(/[^\n]/g, ' ');
}

/** An indented import that is inside a function, or for the type checker only, does not run when the module is loaded. */
function isDeferred(text, index, indent) {
  let width = indent.length;
  for (const line of text.slice(0, index).split('\n').reverse()) {
    if (width === 0) return false;
    const ownWidth = line.search(/\S/);
    // A signature of several lines ends with a bracket at the margin of its `def`.
    if (ownWidth === -1 || ownWidth >= width || /^\s*[)\]}]/.test(line)) continue;
    if (/^\s*(async\s+)?def\b|^\s*if\s+([\w.]+\.)?TYPE_CHECKING\b/.test(line)) return true;
    width = ownWidth;
  }
  return false;
}

/** Relative imports that run when the module is loaded: `{ to, line }`, `to` being one of the `known` paths. */
export function pythonImports(path, text, known) {
  const masked = text.replace(/("""|''')[\s\S]*?\1/g, blank).replace(/#[^\n]*/g, blank);
  const lineOf = lineFinder(masked);
  const asModule = (base) => [`${base}.py`, `${base}/__init__.py`].find((candidate) => known.has(candidate));
  const imports = [];
  for (const { index, groups } of masked.matchAll(statement)) {
    if (groups.indent !== '' && isDeferred(masked, index, groups.indent)) continue;
    const folder = posix.join(posix.dirname(path), ...Array(groups.dots.length - 1).fill('..'));
    const base = groups.module === '' ? folder : posix.join(folder, ...groups.module.split('.'));
    const names = (groups.list ?? groups.names).split(',').map((name) => name.trim().split(/\s+/)[0]);
    for (const name of names.filter((one) => one !== '')) {
      const to = asModule(posix.join(base, name)) ?? asModule(base);
      if (to !== undefined) imports.push({ to, line: lineOf(index + groups.indent.length) });
    }
  }
  return imports;
}
