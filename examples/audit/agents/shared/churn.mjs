import { git } from './git.mjs';

const maximumCommits = 1000;
const hunk = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

/** Number of commits that changed each path, under its present name, among the newest 1,000 that are no merges. */
export async function countChanges(root) {
  const log = await git(root, [
    ...[
      'log',
      '--no-merges',
      `--max-count=${maximumCommits}`,
      '--numstat',
      '-z',
      '-M',
      '--format=%x01',
      '--no-ext-diff',
    ],
    ...['--no-textconv', '--no-relative', 'HEAD', '--'],
  ]);
  const changes = new Map();
  const presentNames = new Map();
  const fields = log.toString('utf8').split('\0');
  let commits = 0;
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index].replace(/^[\n\u0001]+/, '');
    commits += fields[index].split('\u0001').length - 1;
    const row = /^(?:\d+|-)\t(?:\d+|-)\t([\s\S]*)$/.exec(field);
    if (row === null) continue;
    const [before, after] = row[1] === '' ? [fields[++index], fields[++index]] : [row[1], row[1]];
    const present = presentNames.get(after) ?? after;
    if (before !== after) presentNames.set(before, present);
    changes.set(present, (changes.get(present) ?? 0) + 1);
  }
  return { changes, commits, complete: commits < maximumCommits };
}

function hunksByCommit(log) {
  const commits = [];
  for (const line of log.split('\n')) {
    if (line === '\u0001') commits.unshift([]);
    const match = hunk.exec(line);
    if (match === null) continue;
    const [start, removed = 1, added = 1] = match.slice(1).map((digits) => digits && Number(digits));
    commits[0].push({ start: removed === 0 ? start : start - 1, removed, added });
  }
  return commits;
}

/** How often each line of a file was written, oldest commit first; a line that replaces others goes on from their counts. */
export function countWrites(commits) {
  let lines = [];
  for (const hunks of commits) {
    const next = [];
    let copied = 0;
    for (const { start, removed, added } of hunks) {
      if (start + removed > lines.length) return null;
      for (; copied < start; copied += 1) next.push(lines[copied]);
      for (let offset = 0; offset < added; offset += 1) {
        const replaced = removed === 0 ? 0 : lines[start + Math.min(offset, removed - 1)];
        next.push(replaced + 1);
      }
      copied = start + removed;
    }
    for (; copied < lines.length; copied += 1) next.push(lines[copied]);
    lines = next;
  }
  return lines;
}

/**
 * The lines of a file, as it is at HEAD, that were written most often: `{ line, endLine, writes }`. Follows the first parents, where
 * history is one line; null where it cannot be told (a binary file, no answer from git in 10 s).
 */
export async function findHottestLines(root, path) {
  const log = await git(
    root,
    [
      ...['log', '-p', '-U0', '--inter-hunk-context=0', '--first-parent', '--follow', '--format=%x01', '--no-ext-diff'],
      ...['--no-textconv', '--no-relative', 'HEAD', '--', path],
    ],
    { timeoutMs: 10_000 },
  ).catch(() => null);
  const writes = log === null ? null : countWrites(hunksByCommit(log.toString('utf8')));
  if (writes === null || writes.length === 0) return null;
  const most = writes.reduce((left, right) => Math.max(left, right));
  const first = writes.indexOf(most);
  let last = first;
  while (writes[last + 1] === most) last += 1;
  return { line: first + 1, endLine: last + 1, writes: most };
}
