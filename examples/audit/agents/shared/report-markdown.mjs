import { severities } from './severities.mjs';

const skipReasons = {
  hotspots: 'there is no commit yet',
  history: 'there is no commit yet',
  dependencies: 'there is no package manifest that it knows',
};

const names = {
  secrets: 'Secrets',
  debt: 'Unfinished work',
  cycles: 'Cyclic imports',
  links: 'Links in Markdown',
  hotspots: 'Hot-spots',
  history: 'History',
  large_files: 'Large files',
  dependencies: 'Dependencies',
  documents: 'README and licence',
  tests: 'Tests',
};

/** Names of files and people may hold anything: nothing of them may act as Markdown or begin a line of its own. */
function plain(text) {
  return String(text)
    .replace(/[\u0000-\u001f\u007f]/g, ' ')
    .replace(/[\\`*_[\]<>|#~]/g, '\\$&');
}

function code(text) {
  const shown = String(text).replace(/[\u0000-\u001f\u007f]/g, (character) => JSON.stringify(character).slice(1, -1));
  const fence = '`'.repeat(Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const padding = fence.length > 1 ? ' ' : '';
  return `${fence}${padding}${shown.replaceAll('|', '\\|')}${padding}${fence}`;
}

function place({ file, line, endLine }) {
  if (line === undefined) return code(file);
  return code(endLine === undefined || endLine === line ? `${file}:${line}` : `${file}:${line}-${endLine}`);
}

function count(number, noun) {
  return `${number.toLocaleString('en')} ${number === 1 ? noun : `${noun}s`}`;
}

function checkedText(checked) {
  const parts = Object.entries(checked).map(([what, number]) => {
    const noun = number === 1 ? what.replace(/ies$/, 'y').replace(/s$/, '') : what;
    return `${number.toLocaleString('en')} ${noun}`;
  });
  return parts.join(', ') || '–';
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The findings in one line, e.g. `3 findings: 1 critical, 2 low`. */
export function summarize({ total, bySeverity }) {
  if (total === 0) return 'no findings';
  const parts = severities
    .filter((severity) => bySeverity[severity] > 0)
    .map((severity) => `${bySeverity[severity]} ${severity}`);
  return `${count(total, 'finding')}: ${parts.join(', ')}`;
}

function resultOf({ status, findings, omitted }) {
  if (status === 'skipped') return 'skipped';
  if (status !== 'succeeded') return `**${plain(status ?? 'failed')}**`;
  if (findings === 0) return 'nothing found';
  return omitted > 0 ? `${count(findings, 'finding')}, ${omitted} more left out` : count(findings, 'finding');
}

function summaryTable(inspections) {
  const rows = inspections.map(({ name, checked, ...outcome }) => [
    names[name] ?? name,
    resultOf(outcome),
    checkedText(checked),
  ]);
  return table(['inspection', 'result', 'looked at'], rows);
}

function findingLine({ title, excerpt, detail, path, ...where }) {
  const way = path === undefined ? '' : ` ${path.map(place).join(' → ')}.`;
  const quoted = excerpt === undefined ? '' : ` ${code(excerpt)}`;
  const at = where.file === undefined ? '' : ` at ${place(where)}`;
  return `- **${plain(title)}**${at}${quoted}.${way}${detail === undefined ? '' : ` ${plain(detail)}`}`;
}

function findingSections({ findings, total }) {
  const sections = severities.flatMap((severity) => {
    const lines = findings.filter((finding) => finding.severity === severity).map(findingLine);
    return lines.length === 0 ? [] : [`### ${severity[0].toUpperCase()}${severity.slice(1)}\n\n${lines.join('\n')}`];
  });
  if (total > findings.length) sections.push(`${total - findings.length} more are left out here.`);
  return sections.length === 0 ? ['Nothing was found.'] : sections;
}

function hotspotSection(result) {
  if (result === null || result.hotspots.length === 0) return [];
  const rows = result.hotspots.map(({ file, changes, lines, score, ...hottest }, index) => {
    const writes =
      hottest.writes === undefined ? '–' : `${place({ file, ...hottest })}, ${count(hottest.writes, 'time')}`;
    return [index + 1, code(file), changes, lines, score, writes];
  });
  const intro = `Code files that at least ${result.threshold} commits changed, by commits × lines. Lines are those of the newest commit.`;
  const head = ['rank', 'file', 'commits', 'lines', 'commits × lines', 'lines written most often'];
  return [`## Hot-spots\n\n${intro}\n\n${table(head, rows)}`];
}

function figuresSection({ inventory, history, tests }) {
  const rows = inventory.languages
    .slice(0, 12)
    .map(({ name, files, lines }) => [name, files, lines.toLocaleString('en')]);
  const facts = [`${count(inventory.files, 'file')}, ${Math.ceil(inventory.bytes / 1024).toLocaleString('en')} KB`];
  if (tests !== null) facts.push(`${tests.testLines} lines of tests for ${tests.sourceLines} lines of other code`);
  if (history !== null) {
    const { authors, busFactor, newestDays, oldestDays, recentCommits } = history.activity;
    facts.push(`${count(authors, 'author')}; ${busFactor} made half of the commits`);
    facts.push(`newest commit ${newestDays} days old, oldest ${oldestDays}; ${recentCommits} in the last 90 days`);
  }
  const languages = rows.length === 0 ? '' : `\n\n${table(['language', 'files', 'lines'], rows)}`;
  return `## The repository\n\n${facts.map((fact) => `* ${fact}`).join('\n')}${languages}`;
}

function notCheckedSection({ inspections }, inventory) {
  const failed = inspections.filter(({ error }) => error !== undefined);
  const skipped = inspections.filter(({ status }) => status === 'skipped');
  const lines = [
    ...failed.map(({ name, error }) => `* **${names[name] ?? name}**: the inspection failed. ${plain(error)}`),
    ...skipped.map(({ name }) => `* ${names[name] ?? name}: ${skipReasons[name] ?? 'it was skipped'}.`),
  ];
  const entries = new Map();
  for (const entry of [{ notChecked: inventory.notChecked }, ...inspections].flatMap((one) => one.notChecked)) {
    const before = entries.get(entry.why);
    // Several inspections leave out the same files: the largest number is the one to tell.
    if (before === undefined || (entry.count ?? 0) > (before.count ?? 0)) entries.set(entry.why, entry);
  }
  for (const { what, why, count: number } of entries.values()) {
    lines.push(number === undefined ? `* ${what}: ${why}.` : `* ${what} (${number}): ${why}.`);
  }
  return `## What was not checked\n\n${lines.length === 0 ? 'Nothing was left out.' : lines.join('\n')}`;
}

/** The report as Markdown. Every finding is one line that begins with `- **`, and no other line does. */
export function reportMarkdown({ merged, inventory, hotspots, history, tests, date }) {
  const commits = inventory.commits === 0 ? 'no commits yet' : count(inventory.commits, 'commit');
  const about = `${code(inventory.root)}, ${commits}${inventory.shallow ? ' (shallow clone)' : ''}, audited on ${date}.`;
  const failures = merged.inspections.filter(({ error }) => error !== undefined);
  const warning = failures.map(({ name }) => names[name] ?? name).join(', ');
  return `${[
    `# Audit of ${plain(inventory.name)}`,
    `${about}\n\n**${summarize(merged)[0].toUpperCase()}${summarize(merged).slice(1)}.**`,
    ...(warning === '' ? [] : [`**Incomplete:** ${warning} could not be inspected, see the end.`]),
    `## Summary\n\n${summaryTable(merged.inspections)}`,
    '## Findings',
    ...findingSections(merged),
    ...hotspotSection(hotspots),
    figuresSection({ inventory, history, tests }),
    notCheckedSection(merged, inventory),
  ].join('\n\n')}\n`;
}
