import type { AttemptReport } from '../contracts/ports/connector';
import { UsageReports } from '../domain/usage/usage-reports';

const usageKeys = [
  ...['tokens', 'inputTokens', 'outputTokens', 'cachedInputTokens', 'costUsd'],
  ...['tools', 'filesChanged', 'messages'],
];

/** The report with what the agent said of its usage; also that of an agent that was ended, as far as it had got. */
export function withUsage(report: AttemptReport, { usage, notes }: UsageReports): AttemptReport {
  return { ...report, evidence: [...report.evidence, ...notes], ...(usage && { usage }) };
}

/** What a map says under `usage`. Many services have a `usage` of their own form, which is left alone. */
export function usageIn(value: unknown): UsageReports {
  const reports = new UsageReports();
  const own = typeof value === 'object' && value !== null && 'usage' in value ? value.usage : undefined;
  if (typeof own === 'object' && own !== null && usageKeys.some((key) => Object.hasOwn(own, key))) reports.add(own);
  return reports;
}
