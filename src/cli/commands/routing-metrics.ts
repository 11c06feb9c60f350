import type { Calibration, RoutingMetrics } from '../../domain/metrics/routing-metrics';
import { fewestPredictions, routingMetricsOf } from '../../domain/metrics/routing-metrics';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

/** Turns and grants that one answer looks at. */
const decisionsLookedAt = 5_000;

/** How routing decided in the period, and how right it was. */
export function showRoutingMetrics(
  host: CommandLineHost,
  folder: DataFolder,
  { since, until: to = host.now(), output }: { since: number; until?: number; output: OutputFormat },
): Promise<number> {
  return withInstallation(host, folder, async ({ routing, workspace }) => {
    const metrics = routingMetricsOf(await routing.decided(workspace, { from: to - since, to }, decisionsLookedAt));
    if (output === 'json') {
      const [from, until] = [to - since, to].map((at) => new Date(at).toISOString());
      await printJson(host, { workspace, from, to: until, ...metrics });
    } else if (metrics.strategies[0]?.assignments === 0) await host.stderr.write('Nothing was routed in this time.\n');
    else await host.stdout.write(`${linesOf(host, metrics).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

const percent = (share: number | null): string => (share === null ? '-' : `${Math.round(share * 100)}%`);

function linesOf(host: CommandLineHost, { strategies, predictions, calibration }: RoutingMetrics): string[] {
  const style = createStyle(host.stdout.hasColours);
  const [head = '', ...lines] = formatTable([
    ['STRATEGY', 'ASSIGNED', 'EXPLORED', 'PREDICTED', 'SUCCEEDED'],
    ...strategies.map(({ strategy, assignments, explored, predicted, observed }) => [
      strategy,
      String(assignments),
      percent(assignments === 0 ? null : explored / assignments),
      percent(predicted),
      percent(observed),
    ]),
  ]);
  const few = `Not enough data yet to say how right predictions are: ${predictions} of ${fewestPredictions} have come true or not.`;
  return [style.dim(head), ...lines, '', ...(calibration ? calibrationLines(calibration) : [few])];
}

function calibrationLines({ predictions, calibrationError, bins, durations }: Calibration): string[] {
  return [
    `Of ${predictions} predictions, success was off by ${(calibrationError * 100).toFixed(1)} points (expected calibration error).`,
    ...(durations
      ? [
          `Of ${durations.predictions} durations, ${percent(durations.withinP50)} were within P50 and ${percent(durations.withinP90)} within P90.`,
        ]
      : []),
    ...formatTable([
      ['PREDICTED', 'ATTEMPTS', 'MEAN', 'SUCCEEDED'],
      ...bins.map(({ from, predictions: count, predicted, observed }) => [
        `${Math.round(from * 100)} to ${Math.round(from * 100) + 10}%`,
        String(count),
        percent(predicted),
        percent(observed),
      ]),
    ]),
  ];
}
