import { alertMetrics, alertRuleIssues, defaultClearAt, defaultWindowMs } from '../../domain/alerts/alert-rule';
import type { AlertMetric, AlertRule } from '../../domain/alerts/alert-rule';
import { didYouMean } from '../../domain/did-you-mean';
import { OrchestraError } from '../../domain/errors';
import { namePattern } from '../../domain/plan/names';
import { parseAlertValue } from './alert-values';

export interface RuleOptions {
  metric: string;
  limit: string;
  clearAt?: string;
  agent?: string;
  after: number;
  clearAfter: number;
  window?: number;
  repeat?: number;
}

/** The rule that the options of `alerts add` say. Throws USAGE with all that is wrong. */
export function readAlertRule(name: string, options: RuleOptions): AlertRule {
  const metric = readMetric(options.metric);
  const raiseAt = parseAlertValue(metric, options.limit);
  const rule: AlertRule = {
    name,
    metric,
    agent: options.agent ?? null,
    raiseAt,
    clearAt: options.clearAt === undefined ? defaultClearAt(metric, raiseAt) : parseAlertValue(metric, options.clearAt),
    raiseAfter: options.after,
    clearAfter: options.clearAfter,
    windowMs: options.window ?? defaultWindowMs(metric),
    ...(options.repeat !== undefined && { repeatMs: options.repeat }),
  };
  const issues = [
    ...(namePattern.test(name) ? [] : [`"${name}" is no name: it has letters, digits, ".", "-" and "_"`]),
    ...alertRuleIssues(rule).map(({ detail }) => detail),
  ];
  if (issues.length > 0) throw new OrchestraError('USAGE', `This cannot be an alert: ${issues.join('; ')}.`);
  return rule;
}

function readMetric(text: string): AlertMetric {
  if (Object.hasOwn(alertMetrics, text)) return text as AlertMetric;
  const known = Object.keys(alertMetrics);
  throw new OrchestraError(
    'USAGE',
    `There is no metric "${text}"${didYouMean(text, known)}: it is one of ${known.join(', ')}.`,
  );
}
