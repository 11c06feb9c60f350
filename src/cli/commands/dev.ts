import { once } from 'node:events';
import type { Command } from 'commander';
import { OrchestraError } from '../../domain/errors';
import { exitCodes } from '../exit-codes';
import { withInterrupts } from '../interrupts';
import type { CommandLineHost, DataFolder, Installation } from '../ports';
import { createStyle } from '../terminal/style';
import type { CommandContext } from './command';
import { withExamples } from './command';
import { tellUnfinished } from './unfinished-sessions';

export function addDevCommand(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const command = program
    .command('dev')
    .description('start everything on this machine and keep it running: servers, workers, API, Temporal Web UI')
    .action(action(() => dev(host, openDataFolder())));
  withExamples(command, ['orchestra dev', 'orchestra --data ~/orchestra dev']).addHelpText(
    'after',
    '\nOne `dev` is enough for a data folder; a second one says where the first is. Ctrl-C stops it; open sessions go on at the next start.',
  );
}

async function dev(host: CommandLineHost, folder: DataFolder): Promise<number> {
  const report = (message: string): void => void host.stderr.write(`${message}\n`);
  return withInterrupts(host, async (interrupts) => {
    const running = await folder.openRunning(report);
    if (running && running.owner !== 'configured') return leaveToOther(host, folder, running);
    await running?.close();
    const installation = await folder.startLocal('dev', report, interrupts.signal);
    // Two started at once: the other was first.
    if (installation.owner !== 'this-process' && installation.owner !== 'configured') {
      return leaveToOther(host, folder, installation);
    }
    try {
      const apiUrl = await installation.startApi({ host: '127.0.0.1' });
      await tellUnfinished(installation, report);
      // Whoever configures servers says who may use them.
      const tokenFile = installation.owner === 'this-process' ? await installation.makeLocalToken() : undefined;
      await host.stdout.write(`${readyLines(host, folder, installation, apiUrl, tokenFile).join('\n')}\n`);
      if (!interrupts.signal.aborted) await once(interrupts.signal, 'abort');
      report('Stopping; open sessions go on at the next start.');
    } finally {
      await installation.close();
    }
    return exitCodes.succeeded;
  });
}

async function leaveToOther(host: CommandLineHost, folder: DataFolder, running: Installation): Promise<number> {
  await running.close();
  if (running.owner !== 'dev') {
    throw new OrchestraError(
      'SERVER_UNAVAILABLE',
      `Process ${running.ownerPid} runs a plan on ${folder.path}, with servers that end with it. Start \`orchestra dev\` again when it has ended.`,
    );
  }
  await host.stdout.write(`orchestra dev already runs on ${folder.path}, as process ${running.ownerPid}.\n`);
  if (running.webUiUrl !== null) await host.stdout.write(`Temporal Web UI: ${running.webUiUrl}\n`);
  return exitCodes.succeeded;
}

function readyLines(
  host: CommandLineHost,
  folder: DataFolder,
  installation: Installation,
  apiUrl: string,
  tokenFile: string | undefined,
): string[] {
  const style = createStyle(host.stdout.hasColours);
  const command = `orchestra${folder.argument}`;
  return [
    style.bold(`${style.green('✔')} orchestra dev is ready`),
    ...(installation.webUiUrl === null ? [] : [`  Temporal Web UI  ${style.cyan(installation.webUiUrl)}`]),
    `  API              ${style.cyan(apiUrl)}`,
    `  API operations   ${style.cyan(`${apiUrl}/docs`)}`,
    ...(tokenFile === undefined
      ? []
      : [
          `  API token        ${tokenFile} (of an administrator; only you can read it, and it ends with the next start)`,
        ]),
    `  Temporal         ${installation.temporalAddress}`,
    `  PostgreSQL       ${installation.databaseAddress}`,
    `  Data folder      ${folder.path}`,
    '',
    'In another terminal:',
    `  ${command} run examples/hello/hello.plan.yaml`,
    `  ${command} sessions list`,
    style.dim('Ctrl-C stops everything; sessions are kept.'),
  ];
}
