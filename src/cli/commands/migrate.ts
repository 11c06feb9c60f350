import type { Command } from 'commander';
import { exitCodes } from '../exit-codes';
import { nothingRuns } from '../open-for-run';
import type { CommandContext } from './command';
import { withExamples } from './command';

export function addMigrateCommand(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const command = program
    .command('migrate')
    .description(
      "bring the database and Temporal's search attributes up to date, before processes of a new version start",
    )
    .action(
      action(async () => {
        const folder = openDataFolder();
        const applied = await folder.migrate((message) => void host.stderr.write(`${message}\n`));
        if (!applied) throw nothingRuns(folder);
        const what = applied.length === 0 ? 'Nothing to do' : `Applied ${applied.join(', ')}`;
        await host.stdout.write(`${what}. The database is up to date.\n`);
        return exitCodes.succeeded;
      }),
    );
  withExamples(command, [
    'ORCHESTRA_TEMPORAL_ADDRESS=temporal:7233 DATABASE_URL=postgres://… orchestra migrate',
  ]).addHelpText('after', '\nEvery process does so when it starts; several that start together wait for one another.');
}
