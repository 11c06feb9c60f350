import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { presentEvent } from '../../client/present-event';
import { typesOf } from '../../domain/events/event-types';
import type { WorkspaceEvent } from '../../domain/events/workspace-event';
import { exitCodes } from '../exit-codes';
import { withInterrupts } from '../interrupts';
import type { CommandLineHost, DataFolder } from '../ports';
import { formatDate } from '../terminal/format-time';
import { safeLine } from '../terminal/safe-text';
import { persistently } from '../watch/persistently';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { parseCount } from './parse-count';
import { withInstallation } from './with-session';

interface Options {
  session: string[];
  agent: string[];
  types: string[];
  after?: number;
  limit?: number;
  output: OutputFormat;
}

/** What happens in the workspace, while it happens. */
export function addEventsCommand(program: Command, { host, openDataFolder, action }: CommandContext): void {
  withExamples(
    program
      .command('events')
      .description('follow what happens in the workspace, until Ctrl-C')
      .option('--session <ids>', 'only of these sessions, with commas between them', parseList, [])
      .option('--agent <names>', 'only of these agents', parseList, [])
      .option('--types <types>', 'only of these types; `task-*` is all that begin so', parseTypes, [])
      .option('--after <id>', 'from behind the event with this id, instead of from now on', parseCursor)
      .option('-n, --limit <count>', 'end after so many', parseCount)
      .addOption(outputOption())
      .action(action((options: Options) => followEvents(host, openDataFolder(), options))),
    ['orchestra events', "orchestra events --session hello-k3f9x2 --types 'task-*,session-ended' -o json"],
  );
}

function followEvents(host: CommandLineHost, folder: DataFolder, options: Options): Promise<number> {
  const { session: sessions, agent: agents, types, limit, output } = options;
  let { after } = options;
  let told = 0;
  return withInterrupts(host, ({ signal }) =>
    withInstallation(host, folder, async ({ client, isOwnerGone }) => {
      const follow = async (): Promise<void> => {
        for await (const event of client.events.follow({
          filter: { sessions, agents, types },
          signal,
          ...(after !== undefined && { after }),
        })) {
          await host.stdout.write(`${output === 'json' ? JSON.stringify(presentEvent(event)) : lineOf(event)}\n`);
          after = event.nr;
          if (++told === limit || host.stdout.failure()) return;
        }
      };
      const notice = (message: string): void => void host.stderr.write(`${message}\n`);
      await persistently(follow, { isOwnerGone, notice, signal });
      return exitCodes.succeeded;
    }),
  );
}

function lineOf({ at, type, session, run, attempt, agent, data }: WorkspaceEvent): string {
  const about = [
    session,
    run !== null && attempt !== null ? `${run} #${attempt}` : run,
    agent,
    ...['status', 'verdict', 'reason', 'why', 'message', 'error'].map((key) => data[key]),
  ].filter((word): word is string => typeof word === 'string');
  return [formatDate(at), type, ...about.map(safeLine)].join('  ');
}

function parseList(text: string, before: string[]): string[] {
  return [...before, ...text.split(',').map((part) => part.trim())].filter((part) => part !== '');
}

function parseTypes(text: string, before: string[]): string[] {
  return parseList(text, []).reduce((types, pattern) => {
    const found = typesOf(pattern);
    if (found.length === 0) throw new InvalidArgumentError(`There is no type "${pattern}": docs/events.md lists them.`);
    return [...types, ...found];
  }, before);
}

function parseCursor(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write the id of an event.');
}
