// Markers of unfinished work in the files of one area, with their age by git blame, and merge conflicts that were committed.
import { progress, runAgent } from './shared/agent.mjs';
import { isInArea } from './shared/areas.mjs';
import { listFiles, readText } from './shared/files.mjs';
import { countCommits, git } from './shared/git.mjs';
import { languageOf } from './shared/languages.mjs';
import { inspectionResult, NotChecked } from './shared/result.mjs';

const maximumBlamed = 60;
const dayMs = 24 * 60 * 60 * 1000;
const marker = /(?:^|\s)(?:\/\/|#|\/\*+|\*|--|;+|<!--|%)\s*@?(?<word>TODO|FIXME|HACK|XXX)\b/;

function findMarkers(text) {
  return text.split('\n').flatMap((content, index) => {
    const match = marker.exec(content);
    return match === null ? [] : [{ line: index + 1, content, word: match.groups.word }];
  });
}

/** Line of a merge conflict that was never resolved, or null. */
function findConflict(text) {
  let opened = null;
  let divided = false;
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    if (content.startsWith('<<<<<<< ')) [opened, divided] = [index + 1, false];
    else if (content === '=======') divided = opened !== null;
    else if (divided && content.startsWith('>>>>>>> ')) return opened;
  }
  return null;
}

/** Adds `ageDays` to the markers that stand in HEAD as they stand in the work tree. */
async function addAges(root, path, markers) {
  const ranges = markers.flatMap(({ line }) => ['-L', `${line},${line}`]);
  const blamed = await git(root, ['blame', '--line-porcelain', '--no-textconv', ...ranges, 'HEAD', '--', path]).catch(
    () => '',
  );
  const contents = new Map();
  let line;
  let time;
  for (const row of blamed.toString('utf8').split('\n')) {
    line = /^[0-9a-f]{40,} \d+ (\d+)/.exec(row)?.[1] ?? line;
    time = /^author-time (\d+)/.exec(row)?.[1] ?? time;
    if (row.startsWith('\t')) contents.set(Number(line), { content: row.slice(1), time: Number(time) });
  }
  for (const one of markers) {
    const found = contents.get(one.line);
    if (found?.content === one.content) one.ageDays = Math.floor((Date.now() - found.time * 1000) / dayMs);
  }
}

runAgent(async ({ root, area, debtDays }) => {
  const notChecked = new NotChecked();
  const inside = (await listFiles(root, new NotChecked())).filter(({ path }) => isInArea(path, area));
  const commits = await countCommits(root);
  const findings = [];
  let markers = 0;
  let blamed = 0;
  for (const [index, file] of inside.entries()) {
    if (index % 100 === 99) progress((100 * index) / inside.length, `${index} of ${inside.length} files`);
    const language = languageOf(file.path);
    if (language === null || language.name === 'JSON') continue;
    const text = await readText(root, file, notChecked);
    if (text === null) continue;
    const conflict = language.name === 'Markdown' ? null : findConflict(text);
    if (conflict !== null) {
      findings.push({ severity: 'high', file: file.path, line: conflict, title: 'Unresolved merge conflict' });
    }
    const found = findMarkers(text);
    markers += found.length;
    const dated = commits > 0 ? found.slice(0, maximumBlamed - blamed) : [];
    blamed += dated.length;
    if (dated.length > 0) await addAges(root, file.path, dated);
    for (const { line, word, ageDays } of dated) {
      if (ageDays === undefined || ageDays < debtDays) continue;
      findings.push({ severity: 'low', file: file.path, line, title: `${word} that is ${ageDays} days old` });
    }
  }
  if (markers > blamed) {
    const why = commits > 0 ? `only ${maximumBlamed} an area are traced` : 'there is no commit to trace them to';
    notChecked.add('markers of unfinished work', why, markers - blamed);
  }
  return inspectionResult({ findings, checked: { files: inside.length, markers }, notChecked });
});
