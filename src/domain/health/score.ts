import type { Finding, FindingStatus, Part } from './finding';
import { checks } from './finding';

/** How much each part counts; together 100. */
export const partWeights: Readonly<Record<Part, number>> = {
  database: 25,
  temporal: 25,
  workers: 20,
  resources: 15,
  work: 15,
};

const worth: Readonly<Record<FindingStatus, number>> = { unknown: 1, ok: 1, warning: 0.5, critical: 0 };
/** What an anomaly leaves of a part. */
const anomalyFactor = 0.8;

export interface HealthScore {
  /** 0–100. */
  total: number;
  parts: Record<Part, { points: number; of: number }>;
}

/**
 * The sum of the parts, to a whole number. A part has its weight × 1 where all its findings are ok, × 0.5 with a warning, × 0 with a critical one, and ×
 * 0.8 once more while any of its metrics is unusual.
 *
 * @param unusual the parts of open anomalies
 */
export function healthScore(findings: readonly Finding[], unusual: readonly Part[]): HealthScore {
  const parts = Object.entries(partWeights).map(([name, of]) => {
    const part = name as Part;
    const worst = Math.min(
      1,
      ...findings.filter(({ check }) => checks[check] === part).map(({ status }) => worth[status]),
    );
    return [part, { points: of * worst * (unusual.includes(part) ? anomalyFactor : 1), of }] as const;
  });
  return {
    total: Math.round(parts.reduce((sum, [, { points }]) => sum + points, 0)),
    parts: Object.fromEntries(parts) as HealthScore['parts'],
  };
}
