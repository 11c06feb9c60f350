import type { OutcomeReport } from '../../domain/learning/outcome-report';
import type { PlanIssue, PlanPath } from '../../domain/plan/issue';
import { planLimits } from '../../domain/plan/limits';
import { outcomeReportSchema } from './outcome-report';
import { placeIssue } from './place-issue';
import { describeSchemaFault, issuesOfSchema } from './schema-issues';
import type { SourceIssue } from './source-position';
import { parseYaml } from './yaml-source';
import type { YamlSource } from './yaml-source';

/** Reports of a file, or everything that is wrong with them. */
export interface ReportReading {
  reports: { report: OutcomeReport; issueAt(path: PlanPath, message: string): SourceIssue }[];
  issues: SourceIssue[];
}

/** A value of the file: on which line its text begins, and where in that text it stands. Positions cost time: they are looked for only once something is wrong. */
interface Part {
  value: unknown;
  source(): YamlSource;
  line: number;
  path: PlanPath;
}

/** Reads one report, a list of them, or JSON lines, each a report. Never throws. `workspace`: of agents that are named without one. */
export function readOutcomeReports(file: string, text: string, workspace: string, now: number): ReportReading {
  const schema = outcomeReportSchema(workspace, now);
  const { parts, issues } = partsOf(file, text);
  const reading: ReportReading = { reports: [], issues };
  for (const part of parts) {
    const parsed = schema.safeParse(part.value, { error: describeSchemaFault });
    if (parsed.success) {
      const issueAt = (path: PlanPath, message: string): SourceIssue => issueOf(file, part, { path, message });
      reading.reports.push({ report: parsed.data, issueAt });
    } else if (reading.issues.length < planLimits.issues)
      reading.issues.push(...issuesOfSchema(parsed.error).map((issue) => issueOf(file, part, issue)));
  }
  reading.issues.sort((a, b) => a.line - b.line);
  return reading;
}

function issueOf(file: string, { source, line, path }: Part, issue: PlanIssue): SourceIssue {
  const placed = placeIssue(file, { ...issue, path: [...path, ...issue.path] }, source());
  return { ...placed, line: placed.line + line - 1 };
}

function partsOf(file: string, text: string): { parts: Part[]; issues: SourceIssue[] } {
  const whole = tryJson(text);
  if (whole) {
    const { value } = whole;
    const source = sourceOf(text);
    const parts = Array.isArray(value)
      ? value.map((one: unknown, at) => ({ value: one, source, line: 1, path: [at] }))
      : [{ value, source, line: 1, path: [] }];
    return { parts, issues: [] };
  }
  if (/^\s*\[/.test(text)) return { parts: [], issues: [noJson(file, text, 1)] };
  const parts: Part[] = [];
  const issues: SourceIssue[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const parsed = tryJson(line);
    if (parsed) parts.push({ value: parsed.value, source: sourceOf(line), line: at + 1, path: [] });
    else issues.push(noJson(file, line, at + 1));
  }
  return { parts, issues };
}

/** Read once, however many issues ask for it. */
function sourceOf(text: string): () => YamlSource {
  let source: YamlSource | undefined;
  return () => (source ??= parseYaml(text));
}

function tryJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function noJson(file: string, text: string, line: number): SourceIssue {
  const found = parseYaml(text).issues[0];
  return {
    file,
    line: line + (found?.line ?? 1) - 1,
    column: found?.column ?? 1,
    message: `is no JSON${found ? `: ${found.message}` : ''}`,
  };
}
