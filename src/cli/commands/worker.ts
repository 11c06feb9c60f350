import { setTimeout as delay } from 'node:timers/promises';
import { Argument } from 'commander';
import type { Command } from 'commander';
import { OrchestraError } from '../../domain/errors';
import { list } from '../../domain/routing/plain-words';
import { exitCodes } from '../exit-codes';
import { withInterrupts } from '../interrupts';
import { nothingRuns } from '../open-for-run';
import type { CommandLineHost, DataFolder, WorkerRole } from '../ports';
import type { CommandContext } from './command';
import { withExamples } from './command';

const roles: Record<string, readonly WorkerRole[]> = {
  sessions: ['sessions'],
  agents: ['agents'],
  learning: ['learning'],
  health: ['health'],
  all: ['sessions', 'agents', 'learning', 'health'],
};

const ownerCheckMs = 2_000;

export function addWorkerCommand(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const command = program
    .command('worker')
    .description('run workers against servers that run already, for production')
    .addArgument(new Argument('[role]', 'what it takes on').choices(Object.keys(roles)).default('all'))
    .action(action((role: string) => work(host, openDataFolder(), roles[role] ?? [])));
  withExamples(command, [
    'ORCHESTRA_TEMPORAL_ADDRESS=temporal:7233 DATABASE_URL=postgres://… orchestra worker sessions',
    'ORCHESTRA_TEMPORAL_ADDRESS=temporal:7233 DATABASE_URL=postgres://… orchestra worker agents',
    'ORCHESTRA_TEMPORAL_ADDRESS=temporal:7233 DATABASE_URL=postgres://… orchestra worker learning',
    'ORCHESTRA_TEMPORAL_ADDRESS=temporal:7233 DATABASE_URL=postgres://… orchestra worker health',
  ]);
}

async function work(host: CommandLineHost, folder: DataFolder, taken: readonly WorkerRole[]): Promise<number> {
  const report = (message: string): void => void host.stderr.write(`${message}\n`);
  return withInterrupts(host, async ({ signal }) => {
    const installation = await folder.openRunning(report);
    if (!installation) throw nothingRuns(folder);
    try {
      await installation.startWorkers(taken);
      await host.stdout.write(`Takes ${list(taken)} from ${installation.temporalAddress}. Ctrl-C stops it.\n`);
      while (!signal.aborted) {
        await delay(ownerCheckMs, undefined, { signal }).catch(() => undefined);
        if (!signal.aborted && installation.isOwnerGone()) {
          throw new OrchestraError('SERVER_UNAVAILABLE', 'The servers have stopped, so this worker ends as well.');
        }
      }
      installation.report('Stopping; attempts in flight are ended and tried again elsewhere.');
    } finally {
      await installation.close();
    }
    return exitCodes.succeeded;
  });
}
