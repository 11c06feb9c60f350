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
      if (tokenFile !== undefined) installation.keepDevApi({ url: apiUrl, tokenFile });
      const style = createStyle(host.stdout.hasColours);
      await write(host, [
        style.bold(`${style.green('✔')} orchestra dev is ready`),
        ...placesOf(host, folder, installation, { url: apiUrl, tokenFile }),
        style.dim('Ctrl-C stops everything; sessions are kept.'),
      ]);
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
      `Process ${running.ownerPid} runs a plan on ${folder.path}, with servers that end with it. Start \`orchestra${folder.argument} dev\` again when it has ended.`,
    );
  }
  const style = createStyle(host.stdout.hasColours);
  await write(host, [
    style.bold(`orchestra dev already runs on ${folder.path}, as process ${running.ownerPid}.`),
    ...placesOf(host, folder, running, running.devApi),
    style.dim('Ctrl-C in its terminal stops everything; sessions are kept.'),
  ]);
  return exitCodes.succeeded;
}

/** Where everything is; without an API, that of a `dev` which is still starting. */
function placesOf(
  host: CommandLineHost,
  folder: DataFolder,
  installation: Installation,
  api: { url: string; tokenFile: string | undefined } | null,
): string[] {
  const style = createStyle(host.stdout.hasColours);
  const command = `orchestra${folder.argument}`;
  const whose = 'of an administrator; only you can read it, and it ends with the next start';
  return [
    ...(installation.webUiUrl === null ? [] : [`  Temporal Web UI  ${style.cyan(installation.webUiUrl)}`]),
    `  API              ${api ? style.cyan(api.url) : 'not ready yet'}`,
    ...(api ? [`  API operations   ${style.cyan(`${api.url}/docs`)}`] : []),
    ...(api?.tokenFile === undefined ? [] : [`  API token        ${api.tokenFile} (${whose})`]),
    `  Temporal         ${installation.temporalAddress}`,
    `  PostgreSQL       ${installation.databaseAddress}`,
    `  Data folder      ${folder.path}`,
    '',
    'In another terminal:',
    `  ${command} run examples/hello/hello.plan.yaml`,
    `  ${command} sessions list`,
  ];
}

async function write(host: CommandLineHost, lines: readonly string[]): Promise<void> {
  await host.stdout.write(`${lines.join('\n')}\n`);
}
