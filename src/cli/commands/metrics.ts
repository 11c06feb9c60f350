import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { formatElapsed, parseDuration } from '../../domain/duration';
import type { AgentMetrics, MetricsTrend } from '../../domain/metrics/agent-metrics';
import { successRate, trendOf } from '../../domain/metrics/agent-metrics';
import { usd } from '../../domain/routing/plain-words';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { parseTime } from './parse-time';
import { printJson } from './print-json';
import { showRoutingMetrics } from './routing-metrics';
import { withInstallation } from './with-session';

interface MetricsOptions {
  since: number;
  until?: number;
  agent?: string;
  routing?: boolean;
  output: OutputFormat;
}

const dayMs = 86_400_000;

export function addMetricsCommand(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const command = program
    .command('metrics')
    .description('say what agents did in a period: tasks, successes, times, cost, and how that differs from before')
    .addOption(
      new Option('--since <duration>', 'how long the period is, e.g. 1h, 24h, 30d')
        .argParser(parsePeriod)
        .default(dayMs, '24h'),
    )
    .option(
      '--until <time>',
      'where the period ends, in ISO 8601 such as 2026-11-01T00:00:00Z (default: now)',
      parseTime,
    )
    .addOption(new Option('--agent <name>', 'of one agent').conflicts('routing'))
    .option('--routing', 'how tasks were routed instead, and how right predictions were')
    .addOption(outputOption())
    .action(
      action((options: MetricsOptions) =>
        (options.routing === true ? showRoutingMetrics : showMetrics)(host, openDataFolder(), options),
      ),
    );
  withExamples(command, [
    'orchestra metrics',
    'orchestra metrics --since 7d --agent reviewer -o json',
    'orchestra metrics --since 30d --until 2026-11-01T00:00:00Z',
    'orchestra metrics --routing --since 30d',
  ]);
}

export function parsePeriod(text: string): number {
  const periodMs = parseDuration(text);
  if (periodMs !== undefined && periodMs > 0) return periodMs;
  throw new InvalidArgumentError('Write a duration like 90m, 24h or 30d, a year at most.');
}

interface Row {
  metrics: AgentMetrics;
  trend: MetricsTrend;
}

function showMetrics(host: CommandLineHost, folder: DataFolder, options: MetricsOptions): Promise<number> {
  const { since, agent, output, until: to = host.now() } = options;
  return withInstallation(host, folder, async ({ metrics, workspace }) => {
    const from = to - since;
    const [now, before] = await Promise.all([
      metrics.of(workspace, { from, to }, agent),
      metrics.of(workspace, { from: from - since, to: from }, agent),
    ]);
    const rows = now.map((one) => ({
      metrics: one,
      trend: trendOf(
        one,
        before.find((other) => other.agent === one.agent),
      ),
    }));
    if (output === 'json') {
      const iso = (at: number): string => new Date(at).toISOString();
      await printJson(host, { workspace, from: iso(from), to: iso(to), metrics: rows.map(rowJson) });
    } else if ((now[0]?.attempts ?? 0) === 0) await host.stderr.write('No attempt ended in this time.\n');
    else await host.stdout.write(`${tableLines(host, rows).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

function tableLines(host: CommandLineHost, rows: readonly Row[]): string[] {
  const [head = '', ...lines] = formatTable([
    [
      'AGENT',
      'TASKS',
      'ATTEMPTS',
      'SUCCESS',
      'P50',
      'P90',
      'P99',
      'COST',
      'EACH',
      'AT MOST',
      'TOKENS',
      'CACHED',
      'QUALITY',
      'RATING',
      'SINCE BEFORE',
    ],
    ...rows.map(({ metrics, trend }) => {
      const { agent, tasks, attempts, durationMs, tokens, rating, quality, cacheHitRate } = metrics;
      const { costUsd, attemptCostUsd, unknownCost } = metrics;
      const rate = successRate(metrics);
      const time = (ms: number | undefined): string => (ms === undefined ? '-' : formatElapsed(ms));
      return [
        agent ?? 'all',
        String(tasks),
        String(attempts),
        rate === null ? '-' : `${Math.round(rate * 100)}%`,
        time(durationMs?.p50),
        time(durationMs?.p90),
        time(durationMs?.p99),
        `$${costUsd.toFixed(2)}${unknownCost > 0 ? ' or more' : ''}`,
        attemptCostUsd ? usd(attemptCostUsd.p50) : '-',
        attemptCostUsd ? usd(attemptCostUsd.p90) : '-',
        String(tokens),
        cacheHitRate === null ? '-' : `${Math.round(cacheHitRate * 100)}%`,
        quality === null ? '-' : quality.toFixed(2),
        rating === null ? '-' : rating.toFixed(1),
        trendWords(trend),
      ];
    }),
  ]);
  return [createStyle(host.stdout.hasColours).dim(head), ...lines];
}

/** What changed by a tenth or more. */
function trendWords({ successRate: rate, duration, costPerAttempt }: MetricsTrend): string {
  const factor = (what: string, value: number | null): string[] =>
    value === null || Math.abs(value - 1) < 0.1 ? [] : [`${what} ${signed((value - 1) * 100)}%`];
  const words = [
    ...(rate === null ? [] : [`success ${signed(rate * 100)} points`]),
    ...factor('time', duration),
    ...factor('cost', costPerAttempt),
  ];
  return words.join(', ') || '-';
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${Math.round(value)}`;
}

function rowJson({ metrics, trend }: Row): object {
  return { ...metrics, successRate: successRate(metrics), trend };
}
