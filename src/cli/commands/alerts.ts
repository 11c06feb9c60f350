import type { Command } from 'commander';
import type { AlertHistoryEntry, AlertOverview } from '../../contracts/ports/alert-store';
import { alertMetrics } from '../../domain/alerts/alert-rule';
import { formatDuration } from '../../domain/duration';
import { amountWords } from '../../domain/health/words';
import { readAlertRule } from '../alerts/read-rule';
import type { RuleOptions } from '../alerts/read-rule';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { formatDate } from '../terminal/format-time';
import { safeLine, safeText } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import { addAlertWebhooksCommands, testWebhooks } from './alert-webhooks';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { parsePeriod } from './metrics';
import { parseCount } from './parse-count';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

/** Limits of metrics that the workspace wants to hear of. */
export function addAlertsCommands(program: Command, context: CommandContext): void {
  const { host, openDataFolder, action } = context;
  const alerts = program
    .command('alerts')
    .description('hear of metrics that pass a limit: rules, who is told, and what happened');
  withExamples(
    alerts
      .command('list')
      .description('list the rules, with what the latest sweep measured')
      .addOption(outputOption())
      .action(action(({ output }: { output: OutputFormat }) => listAlerts(host, openDataFolder(), output))),
    ['orchestra alerts list', 'orchestra alerts list -o json'],
  );
  withExamples(
    alerts
      .command('add')
      .description('raise an alert while a metric is behind a limit; in place of the rule of that name')
      .argument('<name>', 'what the rule is called')
      .requiredOption('--metric <metric>', Object.keys(alertMetrics).join(', '))
      .requiredOption('--limit <value>', 'like 80%, 10m, $5 or 100')
      .option('--clear-at <value>', 'a value from which it may clear (default: a tenth on the good side of the limit)')
      .option('--after <sweeps>', 'sweeps in a row that raise it', parseCount, 2)
      .option('--clear-after <sweeps>', 'sweeps in a row that clear it', parseCount, 3)
      .option(
        '--window <duration>',
        'look at attempts that ended so long ago (default: 1h, cost-per-day 24h)',
        parsePeriod,
      )
      .option('--agent <name>', 'of this agent; of metrics of attempts only')
      .option(
        '--repeat <duration>',
        'while it is raised, tell it again after so long, until somebody acknowledges it',
        parsePeriod,
      )
      .action(action((name: string, options: RuleOptions) => addAlert(host, openDataFolder(), name, options))),
    [
      'orchestra alerts add failing --metric success-rate --limit 80%',
      "orchestra alerts add dear --metric cost-per-day --limit '$20' --agent writer",
      'orchestra alerts add waiting --metric queue --limit 100 --clear-at 10 --after 4 --repeat 4h',
    ],
  );
  withExamples(
    alerts
      .command('acknowledge')
      .description('say that somebody sees to a raised alert: it is not told again until it has cleared')
      .argument('<name>', 'as `alerts list` shows it')
      .option('--note <text>', 'what is being done, for who looks at it')
      .option('--by <name>', 'who it is', 'command line')
      .action(
        action((name: string, options: { note?: string; by: string }) =>
          acknowledgeAlert(host, openDataFolder(), name, options),
        ),
      ),
    ["orchestra alerts acknowledge failing --note 'the model is being changed'"],
  );
  withExamples(
    alerts
      .command('remove')
      .description('take a rule away')
      .argument('<name>', 'as `alerts list` shows it')
      .action(action((name: string) => removeAlert(host, openDataFolder(), name))),
    ['orchestra alerts remove failing'],
  );
  withExamples(
    alerts
      .command('test')
      .description('send a message to all receivers, or to one, now')
      .argument('[webhook]', 'only this one, as `alerts webhooks list` shows it')
      .addOption(outputOption())
      .action(
        action((webhook: string | undefined, { output }: { output: OutputFormat }) =>
          testWebhooks(host, openDataFolder(), webhook, output),
        ),
      ),
    ['orchestra alerts test', 'orchestra alerts test team'],
  ).addHelpText('after', '\nExit codes: 0 all have taken it, 1 some have not.');
  withExamples(
    alerts
      .command('history')
      .description('list what was raised, acknowledged and cleared, the latest first, and who was told')
      .option('--limit <count>', 'how many', parseCount, 20)
      .addOption(outputOption())
      .action(
        action((options: { limit: number; output: OutputFormat }) => showHistory(host, openDataFolder(), options)),
      ),
    ['orchestra alerts history', 'orchestra alerts history --limit 100 -o json'],
  );
  addAlertWebhooksCommands(alerts, context);
}

function listAlerts(host: CommandLineHost, folder: DataFolder, output: OutputFormat): Promise<number> {
  return withInstallation(host, folder, async ({ alerts }) => {
    const found = await alerts.list();
    if (output === 'json') {
      await printJson(host, {
        alerts: found.map(({ rule, isRaised, value, acknowledged }) => ({
          ...{ ...rule, isRaised, value },
          acknowledged: acknowledged && { ...acknowledged, at: new Date(acknowledged.at).toISOString() },
        })),
      });
    } else if (found.length === 0) {
      await host.stderr.write('There is no alert yet. Add one: `orchestra alerts add --help`.\n');
    } else {
      const [head = '', ...rows] = formatTable([
        ['ALERT', 'STATE', 'METRIC', 'AGENT', 'VALUE', 'RAISED', 'CLEARED', 'WINDOW'],
        ...found.map(cellsOf),
      ]);
      await host.stdout.write(`${[createStyle(host.stdout.hasColours).dim(head), ...rows].join('\n')}\n`);
    }
    return exitCodes.succeeded;
  });
}

function cellsOf({ rule, isRaised, value, acknowledged }: AlertOverview): string[] {
  const { unit, bad, isOfAttempts } = alertMetrics[rule.metric];
  const back = bad === 'above' ? 'below' : 'above';
  return [
    rule.name,
    acknowledged ? `raised, ${safeLine(acknowledged.by)} sees to it` : isRaised ? 'raised' : 'calm',
    rule.metric,
    rule.agent ?? '-',
    value === null ? '-' : amountWords(unit, value),
    `${bad} ${amountWords(unit, rule.raiseAt)} ×${rule.raiseAfter}`,
    `${back} ${amountWords(unit, rule.clearAt)} ×${rule.clearAfter}`,
    isOfAttempts ? formatDuration(rule.windowMs) : '-',
  ];
}

function addAlert(host: CommandLineHost, folder: DataFolder, name: string, options: RuleOptions): Promise<number> {
  const rule = readAlertRule(name, options);
  return withInstallation(host, folder, async ({ alerts }) => {
    await alerts.set(rule);
    const { unit, words, bad } = alertMetrics[rule.metric];
    await host.stdout.write(
      `Alert ${name} is raised while the ${words} is ${bad} ${amountWords(unit, rule.raiseAt)}, and cleared at ${amountWords(unit, rule.clearAt)}.\n`,
    );
    if ((await alerts.webhooks()).length === 0) {
      await host.stderr.write('Nobody is told yet. Add a receiver: `orchestra alerts webhooks add NAME URL`.\n');
    }
    return exitCodes.succeeded;
  });
}

function acknowledgeAlert(
  host: CommandLineHost,
  folder: DataFolder,
  name: string,
  who: { note?: string; by: string },
): Promise<number> {
  return withInstallation(host, folder, async ({ alerts }) => {
    await alerts.acknowledge(name, who);
    await host.stdout.write(`Alert ${name} is acknowledged: it is not told again until it has cleared.\n`);
    return exitCodes.succeeded;
  });
}

function removeAlert(host: CommandLineHost, folder: DataFolder, name: string): Promise<number> {
  return withInstallation(host, folder, async ({ alerts }) => {
    await alerts.remove(name);
    await host.stdout.write(`Alert ${name} is removed.\n`);
    return exitCodes.succeeded;
  });
}

function showHistory(
  host: CommandLineHost,
  folder: DataFolder,
  { limit, output }: { limit: number; output: OutputFormat },
): Promise<number> {
  return withInstallation(host, folder, async ({ alerts }) => {
    const events = await alerts.history(limit);
    if (output === 'json') {
      await printJson(host, {
        events: events.map(({ at, ...event }) => ({ ...event, at: new Date(at).toISOString() })),
      });
    } else if (events.length === 0) await host.stderr.write('Nothing has been raised yet.\n');
    else await host.stdout.write(`${events.flatMap(historyLines).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

function historyLines({ at, type, message, deliveries }: AlertHistoryEntry): string[] {
  return [
    `${formatDate(at)}  ${type.padEnd(12)}  ${safeText(message)}`,
    ...deliveries.map(
      ({ webhook, status, tries, answer }) =>
        `  ${webhook}: ${status}${answer === null ? '' : ` (${safeText(answer)}, ${tries} tries)`}`,
    ),
  ];
}
