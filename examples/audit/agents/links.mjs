// Relative links of Markdown files that lead nowhere: missing files, and missing headings.
import { realpathSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { runAgent } from './shared/agent.mjs';
import { listFiles, readText } from './shared/files.mjs';
import { languageOf } from './shared/languages.mjs';
import { anchorsOf, linksOf } from './shared/markdown.mjs';
import { lineFinder } from './shared/positions.mjs';
import { inspectionResult, NotChecked } from './shared/result.mjs';

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Files and folders of the repository. */
function knownPaths(files) {
  const known = new Set(['.']);
  for (const { path } of files) {
    for (let at = path; at !== '.' && !known.has(at); at = posix.dirname(at)) known.add(at);
  }
  return known;
}

/** The path a link means, as the repository knows it; null where there is no such thing. */
function findTarget(root, path, known) {
  // Site generators leave the ending out.
  const spellings = [path, `${path}.md`, `${path}.mdx`, `${path}/README.md`, `${path}/index.md`];
  const found = spellings.find((spelling) => known.has(spelling));
  if (found !== undefined) return found;
  try {
    const behindLink = relative(realpathSync(root), realpathSync(join(root, path)));
    return known.has(behindLink || '.') ? behindLink || '.' : null;
  } catch {
    return null;
  }
}

runAgent(async ({ root }) => {
  const notChecked = new NotChecked();
  const files = await listFiles(root, new NotChecked());
  const known = knownPaths(files);
  const submodules = files.filter(({ kind }) => kind === 'submodule').map(({ path }) => path);
  const documents = new Map();
  for (const file of files.filter(({ path }) => languageOf(path)?.name === 'Markdown')) {
    const text = await readText(root, file, notChecked);
    if (text !== null) documents.set(file.path, text);
  }
  const anchors = new Map();
  const anchorsIn = (path) => {
    if (!anchors.has(path)) anchors.set(path, anchorsOf(documents.get(path)));
    return anchors.get(path);
  };

  /** What is wrong with a link, or null. */
  const examine = (from, target) => {
    const [address, anchor = ''] = target.split('#', 2);
    const written = decode(address.split('?')[0]);
    const path = posix.normalize(written.startsWith('/') ? `.${written}` : posix.join(posix.dirname(from), written));
    if (path === '..' || path.startsWith('../')) {
      notChecked.add('links', 'they lead out of the repository');
      return null;
    }
    if (submodules.some((submodule) => path.startsWith(`${submodule}/`))) {
      notChecked.add('links', 'they lead into a submodule');
      return null;
    }
    const found = written === '' ? from : findTarget(root, path.replace(/\/$/, ''), known);
    if (found === null) return { severity: 'medium', title: 'Dead link', excerpt: target };
    const wanted = decode(anchor).toLowerCase();
    if (wanted === '' || wanted === 'top' || !documents.has(found) || anchorsIn(found).has(wanted)) return null;
    return { severity: 'low', title: 'Link to a heading that does not exist', excerpt: target };
  };

  const findings = [];
  let links = 0;
  for (const [file, text] of documents) {
    const lineOf = lineFinder(text);
    for (const { target, index } of linksOf(text)) {
      if (target === '' || /^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target) || /\{\{|\$\{|\{%/.test(target)) continue;
      links += 1;
      const wrong = examine(file, target);
      if (wrong !== null) findings.push({ ...wrong, file, line: lineOf(index) });
    }
  }
  notChecked.addLimit('links to other sites', 'the audit works offline');
  return inspectionResult({ findings, checked: { 'Markdown files': documents.size, links }, notChecked });
});
