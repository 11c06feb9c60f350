// Code that is changed again and again: commits × lines ranks the files, their history finds the lines.
import { progress, runAgent } from './shared/agent.mjs';
import { countChanges, findHottestLines } from './shared/churn.mjs';
import { listFiles, readText } from './shared/files.mjs';
import { isShallow } from './shared/git.mjs';
import { languageOf } from './shared/languages.mjs';
import { inspectionResult, NotChecked } from './shared/result.mjs';

const minimumChanges = 5;
const timesMedian = 3;
const maximumHotspots = 10;
const generated = /auto-?generated|@generated|generated (by|from|file)|do not edit/i;

function median(numbers) {
  return numbers.sort((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? 0;
}

runAgent(async ({ root }) => {
  const notChecked = new NotChecked();
  const { changes, commits, complete } = await countChanges(root);
  if (!complete) notChecked.addLimit('older commits', `hot-spots are counted over the newest ${commits}`);
  if (await isShallow(root))
    notChecked.addLimit('older commits', 'this is a shallow clone; `git fetch --unshallow` gets them');
  const code = (await listFiles(root, new NotChecked())).filter(({ path }) => languageOf(path)?.isCode);
  progress(30, `${commits} commits, ${code.length} code files`);

  const usual = median(code.map(({ path }) => changes.get(path) ?? 0));
  const threshold = Math.max(minimumChanges, timesMedian * usual);
  const ranked = [];
  for (const file of code.filter(({ path }) => (changes.get(path) ?? 0) >= threshold)) {
    const text = await readText(root, file, notChecked);
    if (text === null || generated.test(text.slice(0, 500))) continue;
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    ranked.push({ file: file.path, changes: changes.get(file.path), lines, score: changes.get(file.path) * lines });
  }
  ranked.sort((left, right) => right.score - left.score);

  const hotspots = [];
  for (const [index, entry] of ranked.slice(0, maximumHotspots).entries()) {
    progress(40 + (60 * index) / maximumHotspots, `history of ${entry.file}`);
    const hottest = await findHottestLines(root, entry.file);
    if (hottest === null) notChecked.add('hot-spots', 'the history of their lines could not be followed');
    hotspots.push({ ...entry, ...hottest });
  }
  const findings = hotspots.map(({ file, line, endLine, changes: count, lines, writes }) => ({
    severity: 'low',
    file,
    ...(line === undefined ? {} : { line, endLine }),
    title: `Hot-spot: ${count} commits changed this file of ${lines} lines`,
    detail:
      writes === undefined
        ? 'Tests and a smaller scope pay off here first.'
        : `These lines were written ${writes} times in the life of the file.`,
  }));
  return inspectionResult({
    findings,
    checked: { commits, 'code files': code.length },
    notChecked,
    hotspots,
    threshold,
  });
});
