// What is in the repository, and how the work on it is divided: areas for the file scans, manifests for the dependency checks.
import { basename, posix } from 'node:path';
import { progress, runAgent } from './shared/agent.mjs';
import { divideIntoAreas } from './shared/areas.mjs';
import { listFiles, readText } from './shared/files.mjs';
import { countCommits, findWorkTree, isShallow } from './shared/git.mjs';
import { languageOf } from './shared/languages.mjs';
import { NotChecked } from './shared/result.mjs';

const maximumManifests = 100;
const manifestName = /^(package\.json|requirements[\w.-]*\.txt|go\.mod|Cargo\.toml)$/;

runAgent(async ({ repo }) => {
  const root = await findWorkTree(repo);
  const notChecked = new NotChecked();
  const files = await listFiles(root, notChecked);
  progress(20, `${files.length} files in ${root}`);

  const languages = new Map();
  for (const [index, file] of files.entries()) {
    if (index % 500 === 499) progress(20 + (70 * index) / files.length, `${index} files read`);
    const language = languageOf(file.path);
    if (language === null) continue;
    const text = await readText(root, file, notChecked);
    if (text === null) continue;
    const entry = languages.get(language.name) ?? { name: language.name, isCode: language.isCode, files: 0, lines: 0 };
    entry.files += 1;
    entry.lines += text.split('\n').length - (text.endsWith('\n') || text === '' ? 1 : 0);
    languages.set(language.name, entry);
  }

  const manifests = files.filter(({ path, kind }) => kind === 'file' && manifestName.test(posix.basename(path)));
  if (manifests.length > maximumManifests) {
    const left = manifests.length - maximumManifests;
    notChecked.add('package manifests', `only the first ${maximumManifests} are inspected`, left);
  }
  const submodules = files.filter(({ kind }) => kind === 'submodule').length;
  if (submodules > 0) notChecked.add('submodules', 'they are repositories of their own', submodules);

  return {
    root,
    name: basename(root),
    commits: await countCommits(root),
    shallow: await isShallow(root),
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    languages: [...languages.values()].sort((left, right) => right.lines - left.lines),
    areas: divideIntoAreas(files.map(({ path }) => path)),
    manifests: manifests.slice(0, maximumManifests).map(({ path }) => path),
    notChecked: notChecked.list(),
  };
});
