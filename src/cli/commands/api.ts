import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { OrchestraError } from '../../domain/errors';
import { exitCodes } from '../exit-codes';
import { withInterrupts } from '../interrupts';
import { nothingRuns } from '../open-for-run';
import type { CommandLineHost, DataFolder } from '../ports';
import type { CommandContext } from './command';
import { withExamples } from './command';

const ownerCheckMs = 2_000;

interface ApiOptions {
  host: string;
  port: number;
}

export function addApiCommand(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const command = program
    .command('api')
    .description('serve the HTTP API, where remote agents come for their work, against servers that run already')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on', parsePort, 4700)
    .action(action((options: ApiOptions) => serve(host, openDataFolder(), options)));
  withExamples(command, ['orchestra api --port 4701']).addHelpText(
    'after',
    '\n`orchestra dev` serves it as well. Set ORCHESTRA_TLS_CERT and ORCHESTRA_TLS_KEY, or let a proxy that speaks TLS stand before it, where others than this machine reach it.',
  );
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('Write a port from 1 to 65535.');
}

async function serve(host: CommandLineHost, folder: DataFolder, address: ApiOptions): Promise<number> {
  const report = (message: string): void => void host.stderr.write(`${message}\n`);
  return withInterrupts(host, async ({ signal }) => {
    const installation = await folder.openRunning(report);
    if (!installation) throw nothingRuns(folder);
    try {
      const url = await installation.startApi(address);
      await host.stdout.write(`The API listens on ${url}. Ctrl-C stops it.\n`);
      while (!signal.aborted) {
        await delay(ownerCheckMs, undefined, { signal }).catch(() => undefined);
        if (!signal.aborted && installation.isOwnerGone()) {
          throw new OrchestraError('SERVER_UNAVAILABLE', 'The servers have stopped, so the API ends as well.');
        }
      }
    } finally {
      await installation.close();
    }
    return exitCodes.succeeded;
  });
}
