import { Option } from 'commander';
import type { Command } from 'commander';
import type { ConflictOverview } from '../../client/conflict-overview';
import { formatElapsed } from '../../domain/duration';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { CommandContext, OutputFormat } from './command';
import { withExamples } from './command';
import { printJson } from './print-json';
import { withInstallation, withSession } from './with-session';

/** Commands about tasks that wait for what others write or read; they need servers that run. */
export function addConflictsCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const conflicts = program.command('conflicts').description('tasks that wait for what others write or read');

  withExamples(
    conflicts
      .command('list')
      .description('who waits, for what, who has it, and since when; and who went ahead in spite of a conflict')
      .addOption(
        new Option('-o, --output <format>', 'what to print on stdout').choices(['text', 'json']).default('text'),
      )
      .action(action(({ output }: { output: OutputFormat }) => listConflicts(host, openDataFolder(), output))),
    ['orchestra conflicts list', 'orchestra conflicts list -o json'],
  );
  withExamples(
    conflicts
      .command('resolve')
      .description('let a task that waits go ahead once, in spite of those who have what it needs')
      .argument('<session>', "the session's id, or the beginning of it")
      .argument('<task>', 'the task; of a fan-out all its items that wait, or one of them: each[3]')
      .action(action((session: string, task: string) => resolveConflict(host, openDataFolder(), session, task))),
    ['orchestra conflicts resolve hello-k3f9 greet', "orchestra conflicts resolve audit-x7c2 'each[3]'"],
  );
}

function listConflicts(host: CommandLineHost, folder: DataFolder, output: OutputFormat): Promise<number> {
  return withInstallation(host, folder, async ({ client }) => {
    const conflicts = await client.conflicts();
    if (output === 'json') await printJson(host, conflictsJson(conflicts));
    else if (conflicts.waiting.length + conflicts.inSpite.length === 0) {
      await host.stderr.write('No task waits for what others write or read.\n');
    } else await host.stdout.write(`${conflictLines(host, conflicts).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

function resolveConflict(host: CommandLineHost, folder: DataFolder, id: string, task: string): Promise<number> {
  return withSession(host, folder, id, async (session) => {
    await session.resolveConflict(task);
    await host.stdout.write(`Task ${task} of session ${session.id} goes ahead, this once, in spite of the conflict.\n`);
    return exitCodes.succeeded;
  });
}

function conflictLines(host: CommandLineHost, { waiting, inSpite }: ConflictOverview): string[] {
  const style = createStyle(host.stdout.hasColours);
  const table = (head: string[], rows: string[][]): string[] => {
    if (rows.length === 0) return [];
    const [first = '', ...lines] = formatTable([head, ...rows]);
    return [style.dim(first), ...lines];
  };
  const waitingLines = table(
    ['SESSION', 'TASK', 'WAITS', 'FOR'],
    waiting.map(({ session, run, since, waitsFor }) => [
      session,
      run,
      formatElapsed(host.now() - since),
      safeLine(waitsFor),
    ]),
  );
  const inSpiteLines = table(
    ['SESSION', 'TASK', 'WENT AHEAD IN SPITE OF'],
    inSpite.map(({ session, run, inSpiteOf }) => [session, run, safeLine(inSpiteOf)]),
  );
  return [...waitingLines, ...(waiting.length > 0 && inSpite.length > 0 ? [''] : []), ...inSpiteLines];
}

function conflictsJson({ waiting, inSpite }: ConflictOverview): object {
  return {
    waiting: waiting.map(({ since, ...waiter }) => ({ ...waiter, since: new Date(since).toISOString() })),
    inSpite,
  };
}
