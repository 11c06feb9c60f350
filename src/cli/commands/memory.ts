import { Option } from 'commander';
import type { Command } from 'commander';
import type { FoundMemories } from '../../contracts/ports/agent-memories';
import { agentKey } from '../../domain/agents/agent-ref';
import { memoryKinds } from '../../domain/memory/memory';
import type { Memory, MemoryKind } from '../../domain/memory/memory';
import { OrchestraError } from '../../domain/errors';
import { exitCodes } from '../exit-codes';
import type { Client, CommandLineHost, DataFolder, Installation } from '../ports';
import { formatDate } from '../terminal/format-time';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { parseCount } from './parse-count';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

interface Options {
  output: OutputFormat;
}

type Page = Options & { limit: number };

const agent = ['<agent>', 'its name; workspace/name for one that another workspace shares'] as const;

/** What agents remember of their work for the workspace. */
export function addMemoryCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const memory = program.command('memory').description('what agents remember across sessions');
  const limit = (): Option => new Option('-n, --limit <count>', 'how many at most').argParser(parseCount).default(50);
  withExamples(
    memory
      .command('add')
      .description('let an agent remember a text; what it remembers by now is new again')
      .argument(...agent)
      .argument('<text>', 'at most 2,000 characters')
      .addOption(new Option('--kind <kind>', 'what it is').choices(memoryKinds).default('fact'))
      .addOption(outputOption())
      .action(
        action((agent: string, text: string, options: Options & { kind: MemoryKind }) =>
          addMemory(host, openDataFolder(), { agent, text, ...options }),
        ),
      ),
    [
      "orchestra memory add writer 'The style guide is docs/style.md.'",
      "orchestra memory add writer 'Tests fail where TZ is not set.' --kind experience",
    ],
  );
  withExamples(
    memory
      .command('search')
      .description('find what an agent remembers, best first')
      .argument(...agent)
      .argument('<words...>', 'what is searched for, as on the web: in one text also "in a row", or, -without')
      .addOption(limit())
      .addOption(outputOption())
      .action(
        action((agent: string, words: string[], options: Page) =>
          printMemories(host, openDataFolder(), agent, options, ({ memories }) =>
            memories.search(agent, words.join(' '), options.limit),
          ),
        ),
      ),
    ['orchestra memory search writer style guide', `orchestra memory search writer '"style guide" or lint -draft'`],
  );
  withExamples(
    memory
      .command('list')
      .description('list what an agent remembers, newest first')
      .argument(...agent)
      .addOption(limit())
      .addOption(outputOption())
      .action(
        action((agent: string, options: Page) =>
          printMemories(host, openDataFolder(), agent, options, async ({ memories }) => ({
            memories: await memories.list(agent, options.limit),
          })),
        ),
      ),
    ['orchestra memory list writer', 'orchestra memory list writer -o json'],
  );
  withExamples(
    memory
      .command('forget')
      .description('let an agent forget memories, all of those named or none')
      .argument(...agent)
      .argument('[id...]', 'as `list` shows them')
      .option('--all', 'everything that it remembers')
      .addOption(outputOption())
      .action(
        action((agent: string, ids: string[], options: Options & { all?: true }) =>
          forgetMemories(host, openDataFolder(), { agent, ids, ...options }),
        ),
      ),
    ['orchestra memory forget writer 3f1c9a2b7d40', 'orchestra memory forget writer --all'],
  );
}

function addMemory(
  host: CommandLineHost,
  folder: DataFolder,
  { agent, text, kind, output }: Options & { agent: string; text: string; kind: MemoryKind },
): Promise<number> {
  return withInstallation(host, folder, async ({ client }) => {
    const memory = await client.memories.add(agent, { kind, text });
    if (output === 'json') await printJson(host, memoryReport(memory));
    else await host.stdout.write(`Agent ${agent} remembers ${memory.id}.\n`);
    return exitCodes.succeeded;
  });
}

/** That there is no such agent is another answer than that it remembers nothing. Throws AGENT_NOT_FOUND. */
function withAgent(
  host: CommandLineHost,
  folder: DataFolder,
  agent: string,
  use: (installation: Installation) => Promise<number>,
): Promise<number> {
  return withInstallation(host, folder, async (installation) => {
    const { agents, workspace } = installation;
    await agents.find(workspace, agentKey(agent, workspace));
    return use(installation);
  });
}

function printMemories(
  host: CommandLineHost,
  folder: DataFolder,
  agent: string,
  { output }: Page,
  find: (client: Client) => Promise<Partial<FoundMemories> & { memories: Memory[] }>,
): Promise<number> {
  return withAgent(host, folder, agent, async ({ client }) => {
    const { memories, ...how } = await find(client);
    if (output === 'json') await printJson(host, { memories: memories.map(memoryReport), ...how });
    else if (memories.length === 0) await host.stderr.write('There is no such memory.\n');
    else await host.stdout.write(`${memoryTable(host, memories).join('\n')}\n`);
    if (output !== 'json' && how.problem !== undefined)
      await host.stderr.write(`Searched by words alone: ${safeLine(how.problem)}.\n`);
    return exitCodes.succeeded;
  });
}

function forgetMemories(
  host: CommandLineHost,
  folder: DataFolder,
  { agent, ids, all, output }: Options & { agent: string; ids: string[]; all?: true },
): Promise<number> {
  if (ids.length > 0 === (all === true)) {
    throw new OrchestraError('USAGE', 'Name the memories to forget, or say --all.');
  }
  return withAgent(host, folder, agent, async ({ client }) => {
    if (!all) await client.memories.forget(agent, ids);
    const forgotten = all ? await client.memories.forgetAll(agent) : new Set(ids).size;
    const words = forgotten === 1 ? '1 memory' : `${forgotten} memories`;
    if (output === 'json') await printJson(host, { forgotten });
    else await host.stdout.write(`Agent ${agent} has forgotten ${words}.\n`);
    return exitCodes.succeeded;
  });
}

function memoryReport({ createdAt, recalledAt, ...memory }: Memory): object {
  return {
    ...memory,
    createdAt: new Date(createdAt).toISOString(),
    recalledAt: recalledAt === null ? null : new Date(recalledAt).toISOString(),
  };
}

function memoryTable(host: CommandLineHost, memories: readonly Memory[]): string[] {
  const [head = '', ...lines] = formatTable([
    ['MEMORY', 'KIND', 'TOLD', 'RECALLED', 'TEXT'],
    ...memories.map(({ id, kind, createdAt, recalled, text }) => [
      id,
      kind,
      formatDate(createdAt),
      String(recalled),
      safeLine(text),
    ]),
  ]);
  return [createStyle(host.stdout.hasColours).dim(head), ...lines];
}
