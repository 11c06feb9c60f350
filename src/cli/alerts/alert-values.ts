import { alertMetrics } from '../../domain/alerts/alert-rule';
import type { AlertMetric } from '../../domain/alerts/alert-rule';
import { parseDuration } from '../../domain/duration';
import { OrchestraError } from '../../domain/errors';

const examples = { share: '80%', ms: '10m', micros: '$5', count: '100', bytes: '' } as const;

/** A limit as people write it: `80%`, `10m`, `$5`, `100`. Throws USAGE. */
export function parseAlertValue(metric: AlertMetric, text: string): number {
  const { unit } = alertMetrics[metric];
  const value = valueOf(unit, text);
  if (value !== undefined) return value;
  throw new OrchestraError('USAGE', `"${text}" is no limit of ${metric}: write it like ${examples[unit]}.`);
}

function valueOf(unit: keyof typeof examples, text: string): number | undefined {
  if (unit === 'ms') return parseDuration(text);
  const [, dollar, digits, percent] = /^(\$)?(\d+(?:\.\d+)?)(%)?$/.exec(text) ?? [];
  if (digits === undefined || (dollar && unit !== 'micros') || (percent && unit !== 'share')) return undefined;
  if (unit === 'micros') return Number(digits) * 1e6;
  return percent ? Number(digits) / 100 : Number(digits);
}
