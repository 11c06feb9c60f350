import type { ValueFault } from '../faulty-value';
import type { MetricUnit } from '../health/metrics';

interface AlertMetricShape {
  /** What it is, in words. */
  words: string;
  unit: MetricUnit;
  /** On which side of a limit values are bad. */
  bad: 'above' | 'below';
  /** Of attempts that ended within a time, all of them or those of one agent. */
  isOfAttempts: boolean;
  /** No value is above it. */
  highest: number;
}

const ofAttempts = { isOfAttempts: true, highest: Infinity };
const ofSystem = { isOfAttempts: false, highest: Infinity };

/** What an alert can watch. Shares are 0–1, times milliseconds, money millionths of a US dollar. */
export const alertMetrics = {
  'success-rate': { words: 'success rate', unit: 'share', bad: 'below', ...ofAttempts, highest: 1 },
  'duration-p95': { words: '95th percentile of durations', unit: 'ms', bad: 'above', ...ofAttempts },
  'cost-per-task': { words: 'cost of a task', unit: 'micros', bad: 'above', ...ofAttempts },
  'cost-per-day': { words: 'cost of a day', unit: 'micros', bad: 'above', ...ofAttempts },
  queue: { words: 'number of runs in the waiting line', unit: 'count', bad: 'above', ...ofSystem },
  backlog: { words: 'number of activities that wait for a worker', unit: 'count', bad: 'above', ...ofSystem },
  'agents-unavailable': {
    words: 'number of agents that are offline or in error',
    unit: 'count',
    bad: 'above',
    ...ofSystem,
  },
  'health-score': { words: 'health score', unit: 'count', bad: 'below', ...ofSystem, highest: 100 },
  'budget-left': {
    words: 'rest of the scarcest budget',
    unit: 'share',
    bad: 'below',
    ...ofSystem,
    highest: 1,
  },
} as const satisfies Record<string, AlertMetricShape>;
export type AlertMetric = keyof typeof alertMetrics;

/** When a workspace wants to hear of a metric. */
export interface AlertRule {
  name: string;
  metric: AlertMetric;
  /** As the workspace names it; null: of all agents, or of the system. */
  agent: string | null;
  /** A value behind it, on the bad side, is one sweep for the alert. */
  raiseAt: number;
  /** A value at it or on the good side of it is one sweep against it. */
  clearAt: number;
  /** So many sweeps in a row raise it, and clear it. */
  raiseAfter: number;
  clearAfter: number;
  /** Attempts that ended so long ago count. */
  windowMs: number;
  /** While it is raised and nobody has acknowledged it, it is told again after so long; absent: it is told once. */
  repeatMs?: number;
}

/** Sweeps come every half minute, and nobody reads so much. */
export const shortestRepeatMs = 60_000;

/** What is wrong with a rule, in plain words; empty where it is good. */
export function alertRuleIssues(rule: AlertRule): ValueFault[] {
  const { bad, highest, isOfAttempts }: AlertMetricShape = alertMetrics[rule.metric];
  const limits = ['raiseAt', 'clearAt'] as const;
  const beyond = limits.filter(
    (limit) => !(Number.isFinite(rule[limit]) && rule[limit] >= 0 && rule[limit] <= highest),
  );
  const isApart = bad === 'above' ? rule.clearAt <= rule.raiseAt : rule.clearAt >= rule.raiseAt;
  const isNever = bad === 'below' && rule.raiseAt === 0;
  return [
    ...beyond
      .slice(0, 1)
      .map((limit) =>
        fault(limit, `limits of ${rule.metric} are 0 to ${highest === Infinity ? 'any number' : highest}`),
      ),
    ...(isApart ? [] : [fault('clearAt', `it must clear at the limit or ${bad === 'above' ? 'below' : 'above'} it`)]),
    ...(isNever ? [fault('raiseAt', 'nothing is below 0')] : []),
    ...((rule.repeatMs ?? shortestRepeatMs) < shortestRepeatMs
      ? [fault('repeatMs', 'it can be told again after a minute at the soonest')]
      : []),
    ...(rule.agent !== null && !isOfAttempts
      ? [fault('agent', `${rule.metric} is not measured of single agents`)]
      : []),
  ];
}

function fault(field: keyof AlertRule, detail: string): ValueFault {
  return { path: [field], detail };
}

const hourMs = 3_600_000;

/** A day of what costs a day; an hour of all else. */
export function defaultWindowMs(metric: AlertMetric): number {
  return metric === 'cost-per-day' ? 24 * hourMs : hourMs;
}

/** A tenth behind the limit, as limits of health are; where values end before that, half of the way. */
export function defaultClearAt(metric: AlertMetric, raiseAt: number): number {
  const { bad, highest }: AlertMetricShape = alertMetrics[metric];
  const clearAt = bad === 'above' ? raiseAt * 0.9 : Math.min(raiseAt * 1.1, (raiseAt + highest) / 2);
  // People see it.
  return Number(clearAt.toPrecision(6));
}
