import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { OrchestraError } from '../../domain/errors';
import { parseDuration } from '../../domain/duration';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { formatDate } from '../terminal/format-time';
import { formatTable } from '../terminal/table';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

/** Commands about the tokens by which agents that come for their work say who they are. */
export function addAgentTokensCommands(agents: Command, { host, openDataFolder, action }: CommandContext): void {
  const tokens = agents
    .command('tokens')
    .alias('token')
    .description('tokens of agents that come for their work (connectors remote and function)');
  withExamples(
    tokens
      .command('create')
      .description('make a token for an agent, and print it: it is shown once, and only its hash is kept')
      .argument('<agent>', 'name of the agent, as `agents list` shows it')
      .option('--expires-in <duration>', 'how long it is valid, e.g. 30d; for ever where it is left out', parseTime)
      .addOption(outputOption())
      .action(
        action((agent: string, options: { expiresIn?: number; output: OutputFormat }) =>
          createToken(host, openDataFolder(), agent, options),
        ),
      ),
    ['orchestra agents tokens create writer', 'orchestra agents tokens create writer --expires-in 30d > token.txt'],
  );
  withExamples(
    tokens
      .command('list')
      .description('list tokens by their ids')
      .argument('[agent]', 'only those of this agent')
      .addOption(outputOption())
      .action(
        action((agent: string | undefined, { output }: { output: OutputFormat }) =>
          listTokens(host, openDataFolder(), agent, output),
        ),
      ),
    ['orchestra agents tokens list', 'orchestra agents tokens list writer -o json'],
  );
  withExamples(
    tokens
      .command('revoke')
      .description('take a token back; what its agent works on, it can report no more with it')
      .argument('<id>', 'as `agents tokens list` shows it')
      .action(action((id: string) => revokeToken(host, openDataFolder(), id))),
    ['orchestra agents tokens revoke 0f1e2d3c4b5a'],
  );
}

function parseTime(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined || durationMs <= 0)
    throw new InvalidArgumentError('Give a duration such as 12h or 30d.');
  return durationMs;
}

function createToken(
  host: CommandLineHost,
  folder: DataFolder,
  agent: string,
  { expiresIn, output }: { expiresIn?: number; output: OutputFormat },
): Promise<number> {
  return withInstallation(host, folder, async ({ createAgentToken, workspace }) => {
    const expiresAt = expiresIn === undefined ? null : host.now() + expiresIn;
    const { id, token } = await createAgentToken({ workspace, name: agent }, expiresAt);
    if (output === 'json') await printJson(host, { id, agent, token, expiresAt: isoOf(expiresAt) });
    else {
      await host.stdout.write(`${token}\n`);
      await host.stderr.write(`This is token ${id} of agent ${agent}. Keep it: it is not shown again.\n`);
    }
    return exitCodes.succeeded;
  });
}

function listTokens(
  host: CommandLineHost,
  folder: DataFolder,
  agent: string | undefined,
  output: OutputFormat,
): Promise<number> {
  return withInstallation(host, folder, async ({ agents, agentTokens, workspace }) => {
    if (agent !== undefined) await agents.find(workspace, { workspace, name: agent });
    const tokens = await agentTokens.list(workspace, agent);
    if (output === 'json') {
      const times = ({ createdAt, expiresAt }: (typeof tokens)[number]) => ({
        createdAt: isoOf(createdAt),
        expiresAt: isoOf(expiresAt),
      });
      await printJson(host, { tokens: tokens.map((token) => ({ ...token, ...times(token) })) });
    } else if (tokens.length === 0) await host.stderr.write('There is no such token.\n');
    else {
      const rows = tokens.map(({ id, agent: owner, createdAt, expiresAt }) => [
        id,
        owner,
        formatDate(createdAt),
        expiresAt === null ? 'never' : formatDate(expiresAt),
      ]);
      await host.stdout.write(`${formatTable([['TOKEN', 'AGENT', 'CREATED', 'EXPIRES'], ...rows]).join('\n')}\n`);
    }
    return exitCodes.succeeded;
  });
}

function revokeToken(host: CommandLineHost, folder: DataFolder, id: string): Promise<number> {
  return withInstallation(host, folder, async ({ agentTokens, workspace }) => {
    if (!(await agentTokens.revoke(workspace, id))) {
      throw new OrchestraError(
        'TOKEN_NOT_FOUND',
        `There is no token "${id}" in workspace "${workspace}". \`orchestra agents tokens list\` shows their ids.`,
      );
    }
    await host.stdout.write(`Token ${id} is revoked.\n`);
    return exitCodes.succeeded;
  });
}

function isoOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
