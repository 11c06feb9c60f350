import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { HealthReport } from '../../domain/health/report';
import { exitCodes } from '../exit-codes';
import { withInterrupts } from '../interrupts';
import type { CommandLineHost, DataFolder, Health } from '../ports';
import { eventLines, reportJson, reportLines } from '../report/health-report';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { parseCount } from './parse-count';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

interface HealthOptions {
  all?: true;
  watch?: true;
  events?: number;
  output: OutputFormat;
}

export function addHealthCommand(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const command = program
    .command('health')
    .description('say how the system is, what is unusual, what is to come, and what to do')
    .option('--all', 'list what is well, too')
    .option('--watch', 'go on, and print it anew each time that somebody has looked')
    .option('--events <count>', 'list what changed last instead', parseCount)
    .addOption(outputOption())
    .action(action((options: HealthOptions) => health(host, openDataFolder(), options)));
  withExamples(command, ['orchestra health', 'orchestra health --events 20', 'orchestra health -o json']).addHelpText(
    'after',
    '\nExit codes: 0 healthy or degraded, 1 warning or critical.',
  );
}

function health(host: CommandLineHost, folder: DataFolder, options: HealthOptions): Promise<number> {
  return withInstallation(host, folder, async ({ health: source }) => {
    if (options.events !== undefined) return showEvents(host, source, options.events, options.output);
    let report = await present(host, source, options);
    if (options.watch) {
      await withInterrupts(host, async ({ signal }) => {
        while (!signal.aborted) {
          await delay(source.everyMs, undefined, { signal }).catch(() => undefined);
          if (!signal.aborted) report = await present(host, source, options);
        }
        return exitCodes.succeeded;
      });
    }
    return report.status === 'healthy' || report.status === 'degraded' ? exitCodes.succeeded : exitCodes.failed;
  });
}

/** A sweep that comes late is waited for, for so many intervals, before it is done here. */
const latestIntervals = 3;

async function present(host: CommandLineHost, source: Health, { all, output }: HealthOptions): Promise<HealthReport> {
  const stored = await source.report();
  const isFresh = stored !== undefined && host.now() - stored.at < latestIntervals * source.everyMs;
  const report = isFresh ? stored : await source.inspect();
  if (output === 'json') await printJson(host, reportJson(report, isFresh));
  else await host.stdout.write(`${reportLines(host, report, { isFresh, all: all === true }).join('\n')}\n`);
  return report;
}

async function showEvents(host: CommandLineHost, source: Health, limit: number, output: OutputFormat): Promise<number> {
  const events = await source.events(limit);
  if (output === 'json') {
    await printJson(host, { events: events.map(({ at, ...event }) => ({ at: new Date(at).toISOString(), ...event })) });
  } else if (events.length > 0) await host.stdout.write(`${eventLines(host, events).join('\n')}\n`);
  else await host.stderr.write('Nothing has changed yet.\n');
  return exitCodes.succeeded;
}
