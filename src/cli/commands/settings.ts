import type { Command } from 'commander';
import { OrchestraError } from '../../domain/errors';
import { defaultOptions } from '../../domain/settings/workspace-settings';
import type { WorkspaceOptions } from '../../domain/settings/workspace-settings';
import { exitCodes } from '../exit-codes';
import type { Client, CommandLineHost, DataFolder } from '../ports';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

interface Options {
  output: OutputFormat;
}

/** How the workspace has its tasks routed, and what limits them. */
export function addSettingsCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const settings = program.command('settings').description('look at the settings of the workspace, and change them');
  const withClient = (use: (client: Client) => Promise<WorkspaceOptions>, { output }: Options): Promise<number> =>
    printSettings(host, openDataFolder(), output, use);
  withExamples(
    settings
      .command('show')
      .description('show all settings, and which of them are set')
      .addOption(outputOption())
      .action(action((options: Options) => withClient((client) => client.settings.get(), options))),
    ['orchestra settings show', 'orchestra settings show -o json'],
  );
  withExamples(
    settings
      .command('set')
      .description('set settings, all of them or none')
      .argument('<key=value...>', 'e.g. strategy=cheapest')
      .addOption(outputOption())
      .action(
        action((written: string[], options: Options) => {
          const set = readAssignments(written);
          return withClient((client) => client.settings.change({ set, unset: [] }), options);
        }),
      ),
    ['orchestra settings set strategy=cheapest maxLoad=0.9', 'orchestra settings set weights.specialisation=0.7'],
  );
  withExamples(
    settings
      .command('unset')
      .description('let settings have their defaults again')
      .argument('<key...>', 'keys, as `show` names them')
      .addOption(outputOption())
      .action(
        action((unset: string[], options: Options) =>
          withClient((client) => client.settings.change({ set: {}, unset }), options),
        ),
      ),
    ['orchestra settings unset strategy'],
  );
}

function printSettings(
  host: CommandLineHost,
  folder: DataFolder,
  output: OutputFormat,
  use: (client: Client) => Promise<WorkspaceOptions>,
): Promise<number> {
  return withInstallation(host, folder, async ({ client, workspace }) => {
    const rows = rowsOf(await use(client));
    if (output === 'json') await printJson(host, { workspace, settings: rows });
    else await host.stdout.write(`${tableOf(host, rows).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

type Value = string | number | null;

interface Row {
  key: string;
  /** Null: no limit. */
  value: Value;
  default: Value;
  isSet: boolean;
}

function rowsOf(options: WorkspaceOptions): Row[] {
  const set = new Map<string, Value>(Object.entries(options));
  const defaults = new Map<string, Value>(Object.entries(defaultOptions));
  return [...new Set([...defaults.keys(), ...set.keys()])].map((key) => {
    const byDefault = defaults.get(key) ?? null;
    return { key, value: set.get(key) ?? byDefault, default: byDefault, isSet: set.has(key) };
  });
}

function tableOf(host: CommandLineHost, rows: readonly Row[]): string[] {
  const words = (value: Value): string => (value === null ? '–' : String(value));
  const [head = '', ...lines] = formatTable([
    ['SETTING', 'VALUE', 'DEFAULT'],
    ...rows.map((row) => [row.key, words(row.value), row.isSet ? words(row.default) : '']),
  ]);
  return [createStyle(host.stdout.hasColours).dim(head), ...lines];
}

function readAssignments(written: readonly string[]): Record<string, string | number> {
  const pairs = written.map((text): [string, string] => {
    const at = text.indexOf('=');
    if (at <= 0) throw new OrchestraError('USAGE', `"${text}" is no setting: write KEY=VALUE, e.g. strategy=cheapest.`);
    return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  });
  const seen = new Set(pairs.map(([key]) => key));
  if (seen.size < pairs.length) throw new OrchestraError('USAGE', 'A setting is there twice: set each once.');
  return Object.fromEntries(pairs.map(([key, text]) => [key, /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text]));
}
