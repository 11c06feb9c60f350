import { Option } from 'commander';
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder, DoctorCheck } from '../ports';
import { createStyle } from '../terminal/style';
import type { Style } from '../terminal/style';
import type { CommandContext, OutputFormat } from './command';
import { withExamples } from './command';
import { printJson } from './print-json';

export function addDoctorCommand(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const command = program
    .command('doctor')
    .description('say what is found, what is missing and what to do; changes nothing')
    .addOption(new Option('-o, --output <format>', 'what to print on stdout').choices(['text', 'json']).default('text'))
    .action(action(({ output }: { output: OutputFormat }) => doctor(host, openDataFolder(), output)));
  withExamples(command, ['orchestra doctor', 'orchestra doctor -o json']).addHelpText(
    'after',
    '\nExit codes: 0 everything needed is there, 1 something is missing.',
  );
}

async function doctor(host: CommandLineHost, folder: DataFolder, output: OutputFormat): Promise<number> {
  const checks = await folder.inspect();
  const healthy = checks.every(({ status }) => status !== 'missing');
  const style = createStyle(host.stdout.hasColours);
  if (output === 'json') await printJson(host, { healthy, dataFolder: folder.path, checks });
  else await host.stdout.write(`${checks.flatMap((check) => checkLines(check, style)).join('\n')}\n`);
  return healthy ? exitCodes.succeeded : exitCodes.failed;
}

function checkLines({ name, status, detail, remedy }: DoctorCheck, style: Style): string[] {
  const signs = { ok: style.green('✔'), note: style.yellow('!'), missing: style.red('✖') };
  return [`${signs[status]} ${style.bold(name)}: ${detail}`, ...(remedy === undefined ? [] : [`    ${remedy}`])];
}
