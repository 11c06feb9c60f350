import { sessionMetrics } from '../../domain/metrics/session-metrics';
import type { SessionMetrics } from '../../domain/metrics/session-metrics';
import { taskTimesOf } from '../../domain/metrics/task-times';
import { graphOf } from '../../domain/plan/graph';
import { count } from '../../domain/routing/plain-words';
import { formatElapsed } from '../../domain/duration';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withSession } from './with-session';

/** What a session came to: how much was done at once, who did what, and what held it up. */
export function reportSession(
  host: CommandLineHost,
  folder: DataFolder,
  id: string,
  output: OutputFormat,
): Promise<number> {
  return withSession(host, folder, id, async (session, { metrics, workspace }) => {
    const [overview, runs, { plan }, attempts] = await Promise.all([
      session.overview(),
      session.runs(),
      session.plan(),
      metrics.ofSession(workspace, session.id),
    ]);
    const { startedAt, status } = overview;
    if (startedAt === null) {
      await host.stderr.write('The session has not begun yet.\n');
      return exitCodes.succeeded;
    }
    const endedAt = overview.endedAt ?? host.now();
    const report = sessionMetrics(graphOf(plan), taskTimesOf(runs, attempts), attempts, { startedAt, endedAt });
    if (output === 'json') await printJson(host, { session: session.id, status, ...report });
    else await host.stdout.write(`${linesOf(host, report).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

function linesOf(host: CommandLineHost, report: SessionMetrics): string[] {
  const { elapsedMs, workMs, parallelism, criticalPathMs, criticalPath, efficiency, lostMs, quality } = report;
  const style = createStyle(host.stdout.hasColours);
  const [head = '', ...agents] = formatTable([
    ['AGENT', 'DONE', 'ATTEMPTS', 'FAILED', 'AT WORK', 'SHARE', 'COST', 'TOKENS', 'QUALITY'],
    ...report.agents.map((one) => [
      safeLine(one.agent),
      String(one.succeededRuns),
      String(one.attempts),
      String(one.failed),
      formatElapsed(one.workMs),
      one.shareOfWork === null ? '-' : percent(one.shareOfWork),
      `$${one.costUsd.toFixed(2)}`,
      String(one.tokens),
      one.quality === null ? '-' : one.quality.toFixed(2),
    ]),
  ]);
  return [
    `It took ${formatElapsed(elapsedMs)}, with ${formatElapsed(workMs)} of work: ${parallelism.toFixed(1)} attempts at once.`,
    `The longest chain took ${formatElapsed(criticalPathMs)}, ${percent(efficiency)} of that: ${criticalPath.join(' → ') || 'none'}.`,
    ...(lostMs > 0 ? [`${formatElapsed(lostMs)} went into attempts that did not succeed.`] : []),
    ...(quality === null ? [] : [`Quality ${quality.toFixed(2)}, where it was measured.`]),
    '',
    style.dim(head),
    ...agents,
    ...(report.bottlenecks.length === 0
      ? []
      : ['', style.dim(`Held up by ${count(report.bottlenecks.length, 'task')}:`)]),
    ...report.bottlenecks.map(
      ({ task, tookMs, waitedMs }) => `  ${task}: took ${formatElapsed(tookMs)}, waited ${formatElapsed(waitedMs)}`,
    ),
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
