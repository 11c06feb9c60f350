import type { Command } from 'commander';
import type { HostOverview } from '../../contracts/ports/host-store';
import { formatElapsed } from '../../domain/duration';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

export function addHostsCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const hosts = program.command('hosts').description('look at the hosts of the workspace');
  withExamples(
    hosts
      .command('list')
      .description('list hosts, what runs on them, and whether they are there')
      .addOption(outputOption())
      .action(action(({ output }: { output: OutputFormat }) => listHosts(host, openDataFolder(), output))),
    ['orchestra hosts list', 'orchestra hosts list -o json'],
  );
  withExamples(
    hosts
      .command('remove')
      .description('take a host that is gone out of the registry, with its agents')
      .argument('<name>', 'as `hosts list` shows it')
      .action(action((name: string) => removeHost(host, openDataFolder(), name))),
    ['orchestra hosts remove build-7'],
  );
}

function listHosts(host: CommandLineHost, folder: DataFolder, output: OutputFormat): Promise<number> {
  return withInstallation(host, folder, async ({ hosts, workspace }) => {
    const found = await hosts.list(workspace);
    if (output === 'json') await printJson(host, { hosts: found.map(report) });
    else if (found.length > 0) await host.stdout.write(`${lines(host, found).join('\n')}\n`);
    else await host.stderr.write('There is no host yet. Start one: `orchestra host --agents DIR`.\n');
    return exitCodes.succeeded;
  });
}

function removeHost(host: CommandLineHost, folder: DataFolder, name: string): Promise<number> {
  return withInstallation(host, folder, async ({ hosts, workspace }) => {
    await hosts.remove({ workspace, name });
    await host.stdout.write(`Removed host ${name} with its agents.\n`);
    return exitCodes.succeeded;
  });
}

function lines(host: CommandLineHost, hosts: readonly HostOverview[]): string[] {
  const [head = '', ...rows] = formatTable([
    ['HOST', 'STATUS', 'RUNNING', 'SEEN', 'AGENTS'],
    ...hosts.map(({ name, status, running, maxConcurrent, seenAt, agents }) => [
      name,
      status,
      `${running}/${maxConcurrent}`,
      `${formatElapsed(Math.max(0, host.now() - seenAt))} ago`,
      agents.join(', ') || '-',
    ]),
  ]);
  return [createStyle(host.stdout.hasColours).dim(head), ...rows];
}

function report({ startedAt, seenAt, ...host }: HostOverview): object {
  return { ...host, startedAt: new Date(startedAt).toISOString(), seenAt: new Date(seenAt).toISOString() };
}
