import type { AttemptReport } from '../contracts/ports/connector';
import type { UsageReports } from '../domain/usage/usage-reports';

/** The report with what the agent said of its usage; also that of an agent that was ended, as far as it had got. */
export function withUsage(report: AttemptReport, { usage, notes }: UsageReports): AttemptReport {
  return { ...report, evidence: [...report.evidence, ...notes], ...(usage && { usage }) };
}
