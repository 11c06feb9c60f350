import type { AnomalyKind, Detector, OpenAnomaly } from './detector';
import type { Finding, Part } from './finding';
import { findingKey, findingStatuses, isBad } from './finding';
import { watchedMetrics } from './metrics';
import type { Prediction } from './predictions';
import type { HealthScore } from './score';
import { healthScore } from './score';
import type { HealthStatus } from './status';
import { overallStatus } from './status';
import { amountWords } from './words';

/** A metric that is unlike its own past. */
export interface Anomaly {
  metric: string;
  kind: AnomalyKind;
  /** Milliseconds since 1970. */
  since: number;
  worst: number;
  expected: number;
  /** In normal spreads, how far off it was when it was worst. */
  spreads: number;
  message: string;
  action: string;
}

/** What to do, and why. */
export interface Recommendation {
  action: string;
  because: string;
}

/** What a sweep came to. Times in milliseconds since 1970. */
export interface HealthReport {
  at: number;
  status: HealthStatus;
  score: HealthScore;
  findings: Finding[];
  anomalies: Anomaly[];
  predictions: Prediction[];
  /** The most urgent first. */
  recommendations: Recommendation[];
}

const partOf = (metric: string): Part => {
  const [group] = metric.split('.');
  return group === 'database' || group === 'temporal' ? group : group === 'process' ? 'resources' : 'work';
};

const remedies: Readonly<Record<Part, string>> = {
  database: 'Look at what else runs on the machine of PostgreSQL, and at its disk.',
  temporal: 'Look at what else runs on the machine of Temporal.',
  workers: 'See which workers run: `orchestra health -o json`.',
  resources: 'Spread the work over more processes: `orchestra worker`.',
  work: 'See which agents it is: `orchestra metrics --since 1h`.',
};

export function anomaliesOf(detectors: ReadonlyMap<string, Detector>): Anomaly[] {
  return [...detectors].flatMap(([metric, { open }]) => (open ? [anomalyOf(metric, open)] : []));
}

function anomalyOf(metric: string, { kind, since, worst, expected, spreads }: OpenAnomaly): Anomaly {
  const { name = metric, unit = 'count' } = watchedMetrics[metric] ?? {};
  const [was, usual] = [amountWords(unit, worst), amountWords(unit, expected)];
  const message =
    kind === 'leak'
      ? `The ${name} has grown to ${was}; at this time of day it was ${usual} at most on the days before.`
      : `The ${name} came to ${was}, where ${usual} is usual.`;
  return { metric, kind, since, worst, expected, spreads, message, action: remedies[partOf(metric)] };
}

/** Puts together what is known. An anomaly counts as a warning. */
export function buildReport(
  at: number,
  findings: Finding[],
  anomalies: Anomaly[],
  predictions: Prediction[],
): HealthReport {
  const statuses = [...findings.map(({ status }) => status), ...anomalies.map(() => 'warning' as const)];
  return {
    at,
    status: overallStatus(statuses),
    score: healthScore(
      findings,
      anomalies.map(({ metric }) => partOf(metric)),
    ),
    findings,
    anomalies,
    predictions,
    recommendations: recommend(findings, anomalies, predictions),
  };
}

/** What is critical first, then warnings, anomalies, and what is to come; the same action once. */
function recommend(findings: Finding[], anomalies: Anomaly[], predictions: Prediction[]): Recommendation[] {
  const urgency = ({ status }: Finding): number => findingStatuses.indexOf(status);
  const all = [
    ...findings.toSorted((left, right) => urgency(right) - urgency(left)),
    ...anomalies,
    ...predictions.toSorted((left, right) => left.at - right.at),
  ].flatMap(({ action, message }) => (action === null ? [] : [{ action, because: message }]));
  return all.filter(({ action }, at) => all.findIndex((one) => one.action === action) === at);
}

/** A change of the report that somebody may want to hear of. */
export interface HealthEvent {
  type: 'status-changed' | 'finding-changed' | 'anomaly-opened' | 'anomaly-closed' | 'alert-raised' | 'alert-cleared';
  /** The key of the finding, the metric, or the alert; empty for the status of the whole. */
  subject: string;
  from: string;
  to: string;
  message: string;
}

/** What the report says that the one before did not; of the first report, what is not well. */
export function changesOf(before: HealthReport | undefined, report: HealthReport): HealthEvent[] {
  const statusBefore = before?.status ?? 'healthy';
  const findingsBefore = new Map(before?.findings.map((finding) => [findingKey(finding), finding]));
  const keys = new Set(report.findings.map(findingKey));
  const metrics = new Set(report.anomalies.map(({ metric }) => metric));
  const metricsBefore = new Set(before?.anomalies.map(({ metric }) => metric));
  return [
    ...(statusBefore === report.status
      ? []
      : [change('status-changed', '', statusBefore, report.status, `The system is ${report.status}.`)]),
    ...report.findings.flatMap((finding) => {
      const from = findingsBefore.get(findingKey(finding))?.status ?? 'ok';
      if (from === finding.status || !(isBad(from) || isBad(finding.status))) return [];
      return [change('finding-changed', findingKey(finding), from, finding.status, finding.message)];
    }),
    ...(before?.findings ?? [])
      .filter(({ status }) => isBad(status))
      .map(findingKey)
      .filter((key) => !keys.has(key))
      .map((key) => change('finding-changed', key, findingsBefore.get(key)?.status ?? 'ok', 'ok', `${key} is gone.`)),
    ...report.anomalies
      .filter(({ metric }) => !metricsBefore.has(metric))
      .map(({ metric, message }) => change('anomaly-opened', metric, 'usual', 'unusual', message)),
    ...(before?.anomalies ?? [])
      .filter(({ metric }) => !metrics.has(metric))
      .map(({ metric }) => change('anomaly-closed', metric, 'unusual', 'usual', `${metric} is as usual again.`)),
  ];
}

function change(type: HealthEvent['type'], subject: string, from: string, to: string, message: string): HealthEvent {
  return { type, subject, from, to, message };
}
