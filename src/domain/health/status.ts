import type { FindingStatus } from './finding';

export const healthStatuses = ['healthy', 'degraded', 'warning', 'critical'] as const;
export type HealthStatus = (typeof healthStatuses)[number];

/** Any that is critical makes the whole critical, more than two warnings make it a warning, and one makes it degraded. */
export function overallStatus(statuses: readonly FindingStatus[]): HealthStatus {
  if (statuses.includes('critical')) return 'critical';
  const warnings = statuses.filter((status) => status === 'warning').length;
  if (warnings > 2) return 'warning';
  return warnings > 0 ? 'degraded' : 'healthy';
}
