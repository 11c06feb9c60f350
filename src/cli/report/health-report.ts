import type { Finding } from '../../domain/health/finding';
import { findingKey } from '../../domain/health/finding';
import type { Prediction } from '../../domain/health/predictions';
import type { HealthEvent, HealthReport } from '../../domain/health/report';
import type { HealthScore } from '../../domain/health/score';
import type { HealthStatus } from '../../domain/health/status';
import { formatElapsed } from '../../domain/duration';
import type { CommandLineHost } from '../ports';
import { formatDate } from '../terminal/format-time';
import { safeLine } from '../terminal/safe-text';
import type { Style } from '../terminal/style';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';

const colours: Record<HealthStatus | Finding['status'], 'green' | 'yellow' | 'red'> = {
  unknown: 'yellow',
  ok: 'green',
  healthy: 'green',
  degraded: 'yellow',
  warning: 'yellow',
  critical: 'red',
};

/** For people: what is not well, and how many checks are. */
export function reportLines(
  host: CommandLineHost,
  report: HealthReport,
  { isFresh, all }: { isFresh: boolean; all: boolean },
): string[] {
  const style = createStyle(host.stdout.hasColours);
  const { status, score, findings, anomalies, predictions, recommendations, at } = report;
  const shown = all ? findings : findings.filter((finding) => finding.status !== 'ok');
  const well = findings.filter((finding) => finding.status === 'ok').length;
  const looked = isFresh
    ? `looked ${formatElapsed(host.now() - at)} ago`
    : 'looked now, because no health worker did: what takes a past to see is not seen';
  return [
    `${style.bold(style[colours[status]](status))}  ${score.total} of 100  ${style.dim(looked)}`,
    style.dim(partsLine(score)),
    '',
    ...findingLines(shown, style),
    ...(all ? [] : [`${well} of ${findings.length} checks are ok.`]),
    ...section(
      'Unusual',
      anomalies.map(({ message, since }) => `${message} (since ${formatDate(since)})`),
      style,
    ),
    ...section(
      'To come',
      predictions.map((prediction) => predictionLine(prediction, host.now())),
      style,
    ),
    ...section(
      'What to do',
      recommendations.map(({ action, because }) => `${action} ${style.dim(safeLine(because))}`),
      style,
    ),
  ];
}

export function reportJson(report: HealthReport, isFresh: boolean): object {
  const iso = (at: number): string => new Date(at).toISOString();
  const { at, anomalies, predictions, ...rest } = report;
  return {
    at: iso(at),
    lookedBy: isFresh ? 'health worker' : 'this command',
    ...rest,
    anomalies: anomalies.map(({ since, ...anomaly }) => ({ ...anomaly, since: iso(since) })),
    predictions: predictions.map(({ at: when, earliest, latest, ...prediction }) => ({
      ...prediction,
      at: iso(when),
      earliest: iso(earliest),
      latest: latest === null ? null : iso(latest),
    })),
  };
}

export function eventLines(host: CommandLineHost, events: readonly (HealthEvent & { at: number })[]): string[] {
  const [head = '', ...rows] = formatTable([
    ['WHEN', 'WHAT', 'CHANGE', ''],
    ...events.map(({ at, subject, from, to, message }) => [
      formatDate(at),
      subject === '' ? 'all' : subject,
      `${from} → ${to}`,
      safeLine(message),
    ]),
  ]);
  return [createStyle(host.stdout.hasColours).dim(head), ...rows];
}

function partsLine({ parts }: HealthScore): string {
  return Object.entries(parts)
    .map(([name, { points, of }]) => `${name} ${Number(points.toFixed(1))}/${of}`)
    .join(' · ');
}

function findingLines(findings: readonly Finding[], style: Style): string[] {
  const rows = formatTable(findings.map((finding) => [finding.status, findingKey(finding), safeLine(finding.message)]));
  return rows.map((row, at) => {
    const status = findings[at]?.status ?? 'ok';
    return style[colours[status]](status) + row.slice(status.length);
  });
}

function predictionLine({ message, at, earliest, latest }: Prediction, now: number): string {
  const when = (time: number): string => formatElapsed(Math.max(0, time - now));
  const range = `${when(earliest)} to ${latest === null ? 'never' : when(latest)}`;
  return `${message} in about ${when(at)} (${range}), if it goes on like this.`;
}

function section(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : ['', style.bold(title), ...lines.map((line) => `  ${line}`)];
}
