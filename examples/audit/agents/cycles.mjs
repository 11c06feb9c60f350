// Modules that import each other in a circle, among the relative imports of JavaScript, TypeScript and Python.
import { progress, runAgent } from './shared/agent.mjs';
import { findCycles } from './shared/cycles.mjs';
import { listFiles, readText } from './shared/files.mjs';
import { javascriptImports } from './shared/javascript-imports.mjs';
import { languageOf } from './shared/languages.mjs';
import { pythonImports } from './shared/python-imports.mjs';
import { inspectionResult, NotChecked } from './shared/result.mjs';

const readers = { JavaScript: javascriptImports, TypeScript: javascriptImports, Python: pythonImports };

runAgent(async ({ root }) => {
  const notChecked = new NotChecked();
  const files = await listFiles(root, new NotChecked());
  const modules = files.filter(({ path, kind }) => kind === 'file' && readers[languageOf(path)?.name] !== undefined);
  const known = new Set(modules.map(({ path }) => path));
  const graph = new Map();
  for (const [index, file] of modules.entries()) {
    if (index % 200 === 199) progress((100 * index) / modules.length, `${index} of ${modules.length} modules`);
    const text = await readText(root, file, notChecked);
    const imports = text === null ? [] : readers[languageOf(file.path).name](file.path, text, known);
    graph.set(file.path, new Map(imports.reverse().map(({ to, line }) => [to, line])));
  }
  const findings = findCycles(graph).map(({ steps, size }) => {
    const knot = size > steps.length ? { detail: `It is part of a knot of ${size} files.` } : {};
    const title = steps.length === 1 ? 'Module that imports itself' : `Cyclic import of ${steps.length} modules`;
    return { severity: 'medium', ...steps[0], title, path: [...steps, steps[0]], ...knot };
  });
  if (modules.length > 0) {
    notChecked.addLimit('imports by alias or absolute name', 'only relative imports are followed');
  }
  if (modules.some(({ path }) => languageOf(path).name === 'TypeScript')) {
    notChecked.addLimit('whether TypeScript imports are of types alone', 'only those marked with `type` are left out');
  }
  const imports = [...graph.values()].reduce((sum, { size }) => sum + size, 0);
  return inspectionResult({ findings, checked: { modules: modules.length, imports }, notChecked });
});
