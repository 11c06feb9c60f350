import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { givenRoles } from '../../domain/access/roles';
import type { Role } from '../../domain/access/roles';
import type { TaskScope } from '../../domain/access/task-scope';
import { parseDuration } from '../../domain/duration';
import { OrchestraError } from '../../domain/errors';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { formatDate } from '../terminal/format-time';
import { formatTable } from '../terminal/table';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

interface CreateOptions {
  role: Role;
  expiresIn: number;
  taskTypes?: string[];
  capabilities?: string[];
  output: OutputFormat;
}

const usualLifeMs = 90 * 86_400_000;

/** Commands about the tokens by which programs use the API. */
export function addTokensCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const tokens = program
    .command('tokens')
    .description('tokens by which programs use the API; those of remote agents are made by `agents tokens`');
  withExamples(
    tokens
      .command('create')
      .description('make a token for the workspace, and print it: it is shown once, and only its hash is kept')
      .argument('<name>', 'what it is for, e.g. ci', parseName)
      .addOption(new Option('--role <role>', 'what it may do').choices([...givenRoles]).makeOptionMandatory())
      .addOption(
        new Option('--expires-in <duration>', 'how long it is valid, a year at most')
          .argParser(parseLife)
          .default(usualLifeMs, '90d'),
      )
      .option('--task-types <types>', 'it may submit only tasks of these types, e.g. review,test', parseNames)
      .option('--capabilities <names>', 'it may submit only tasks that ask for one of these capabilities', parseNames)
      .addOption(outputOption())
      .action(action((name: string, options: CreateOptions) => createToken(host, openDataFolder(), name, options))),
    [
      'orchestra tokens create ci --role user',
      'orchestra tokens create review-bot --role user --task-types review,test --capabilities code-review',
      'orchestra tokens create wallboard --role viewer --expires-in 365d',
    ],
  );
  withExamples(
    tokens
      .command('list')
      .description('list tokens that are valid, by their ids')
      .addOption(outputOption())
      .action(action(({ output }: { output: OutputFormat }) => listTokens(host, openDataFolder(), output))),
    ['orchestra tokens list', 'orchestra tokens list -o json'],
  );
  withExamples(
    tokens
      .command('revoke')
      .description('take a token back, at once')
      .argument('<id>', 'as `tokens list` shows it')
      .action(action((id: string) => revokeToken(host, openDataFolder(), id))),
    ['orchestra tokens revoke 0f1e2d3c4b5a'],
  );
}

function parseName(text: string): string {
  if (/^[A-Za-z0-9_.-]{1,63}$/.test(text)) return text;
  throw new InvalidArgumentError('Take letters, digits, "-", "_" and ".", at most 63.');
}

function parseNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.length <= 100 && names.every((name) => name !== '' && name.length <= 200)) return names;
  throw new InvalidArgumentError('Take names, separated by commas, at most 100.');
}

function parseLife(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs > 0) return durationMs;
  throw new InvalidArgumentError('Give a duration such as 12h or 30d, a year at most.');
}

function createToken(
  host: CommandLineHost,
  folder: DataFolder,
  name: string,
  { role, expiresIn, taskTypes, capabilities, output }: CreateOptions,
): Promise<number> {
  const scope: TaskScope = { ...(taskTypes && { taskTypes }), ...(capabilities && { capabilities }) };
  const scoped = Object.keys(scope).length === 0 ? {} : { scope };
  return withInstallation(host, folder, async ({ createApiToken, workspace }) => {
    const expiresAt = host.now() + expiresIn;
    const { id, token } = await createApiToken({ name, role, expiresAt, ...scoped });
    if (output === 'json') {
      await printJson(host, {
        id,
        name,
        role,
        ...scoped,
        workspace,
        token,
        expiresAt: new Date(expiresAt).toISOString(),
      });
    } else {
      await host.stdout.write(`${token}\n`);
      await host.stderr.write(
        `This is token ${id}, of a program with the role ${role} in workspace ${workspace}, until ${formatDate(expiresAt)}. Keep it: it is not shown again.\n`,
      );
    }
    return exitCodes.succeeded;
  });
}

function listTokens(host: CommandLineHost, folder: DataFolder, output: OutputFormat): Promise<number> {
  return withInstallation(host, folder, async ({ apiTokens, workspace }) => {
    const tokens = await apiTokens.list(workspace);
    const iso = (at: number): string => new Date(at).toISOString();
    if (output === 'json') {
      await printJson(host, {
        tokens: tokens.map((token) => ({
          ...token,
          createdAt: iso(token.createdAt),
          expiresAt: iso(token.expiresAt),
        })),
      });
    } else if (tokens.length === 0) await host.stderr.write('There is no such token.\n');
    else {
      const rows = tokens.map(({ id, name, role, scope, createdAt, expiresAt }) => [
        id,
        name,
        role,
        formatScope(scope),
        formatDate(createdAt),
        formatDate(expiresAt),
      ]);
      await host.stdout.write(
        `${formatTable([['TOKEN', 'NAME', 'ROLE', 'TASKS', 'CREATED', 'EXPIRES'], ...rows]).join('\n')}\n`,
      );
    }
    return exitCodes.succeeded;
  });
}

function formatScope({ taskTypes, capabilities }: TaskScope = {}): string {
  const parts = [
    ...(taskTypes ? [`types ${taskTypes.join(',')}`] : []),
    ...(capabilities ? [`capabilities ${capabilities.join(',')}`] : []),
  ];
  return parts.length === 0 ? 'all' : parts.join('; ');
}

function revokeToken(host: CommandLineHost, folder: DataFolder, id: string): Promise<number> {
  return withInstallation(host, folder, async ({ apiTokens, workspace }) => {
    if (!(await apiTokens.revoke(workspace, id))) {
      throw new OrchestraError(
        'TOKEN_NOT_FOUND',
        `There is no token "${id}" in workspace "${workspace}". \`orchestra tokens list\` shows their ids.`,
      );
    }
    await host.stdout.write(`Token ${id} is revoked.\n`);
    return exitCodes.succeeded;
  });
}
