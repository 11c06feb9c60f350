// Brings the inspections together: one list of findings, the worst first, and what became of each inspection.
import { runAgent } from './shared/agent.mjs';
import { severities } from './shared/severities.mjs';

const maximumListed = 300;

function errorText(error) {
  if (error === null || error === undefined) return 'no reason was given';
  return (typeof error === 'string' ? error : (error.message ?? JSON.stringify(error))).slice(0, 500);
}

function addUp(results) {
  const sums = {};
  for (const { checked } of results) {
    for (const [what, count] of Object.entries(checked)) sums[what] = (sums[what] ?? 0) + count;
  }
  return sums;
}

function addUpNotChecked(lists) {
  const entries = new Map();
  for (const { what, why, count } of lists.flat()) {
    const before = entries.get(why);
    entries.set(why, { what, why, ...(count === undefined ? {} : { count: (before?.count ?? 0) + count }) });
  }
  return [...entries.values()];
}

function compare(left, right) {
  return (
    severities.indexOf(left.severity) - severities.indexOf(right.severity) ||
    (left.file ?? '').localeCompare(right.file ?? '', 'en') ||
    (left.line ?? 0) - (right.line ?? 0)
  );
}

runAgent(async ({ inspections }) => {
  const summaries = [];
  const found = [];
  for (const [name, { status, error, result }] of Object.entries(inspections)) {
    const results = status === 'succeeded' ? [result].flat() : [];
    const findings = results.flatMap((one) => one.findings).map((finding) => ({ ...finding, inspection: name }));
    found.push(...findings);
    summaries.push({
      name,
      status,
      ...(['succeeded', 'skipped'].includes(status) ? {} : { error: errorText(error) }),
      findings: findings.length,
      omitted: results.reduce((sum, { omitted }) => sum + omitted, 0),
      checked: addUp(results),
      notChecked: addUpNotChecked(results.map((one) => one.notChecked)),
    });
  }
  found.sort(compare);
  const bySeverity = Object.fromEntries(
    severities.map((severity) => [severity, found.filter((finding) => finding.severity === severity).length]),
  );
  const findings = found.slice(0, maximumListed);
  return { total: found.length, listed: findings.length, bySeverity, findings, inspections: summaries };
});
