import { cardFor } from '../../contracts/schemas/card-for-agent';
import { isRemoteConnector } from '../../domain/agents/agent';
import type { AgentDefinition } from '../../domain/agents/agent';
import { secretsOf } from '../../domain/agents/setting-references';
import { OrchestraError } from '../../domain/errors';
import { agentOptionNames, saysAnything } from '../agents/agent-options';
import type { AgentOptions } from '../agents/agent-options';
import { readCardAt } from '../agents/read-agent-card';
import { readAgentFiles } from '../agents/read-agent-files';
import { changesOfOptions, definitionOfOptions } from '../agents/read-agent-options';
import { exitCodes } from '../exit-codes';
import { isNamedThere } from '../named-files';
import type { CommandLineHost, DataFolder } from '../ports';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

export type ChangeOptions = AgentOptions & { output: OutputFormat };

/** Adds the agents of files, or one by options. What is wrong is found before anything is opened. */
export async function addAgents(
  host: CommandLineHost,
  folder: DataFolder,
  sources: readonly string[],
  options: ChangeOptions,
): Promise<number> {
  const definitions = await definitionsOf(host, sources, options);
  return withInstallation(host, folder, async ({ agents, workspace }) => {
    await agents.add(workspace, definitions);
    await say(host, 'added', definitions, options.output);
    await sayNeededSecrets(host, folder, definitions);
    await sayTokens(host, folder, definitions);
    return exitCodes.succeeded;
  });
}

async function definitionsOf(
  host: CommandLineHost,
  sources: readonly string[],
  options: ChangeOptions,
): Promise<AgentDefinition[]> {
  const card = await cardOf(host, sources, options, options.header !== undefined);
  if (card) return [definitionOfOptions(card.name, options, card)];
  return saysAnything(options)
    ? [definitionOfOptions(onlyName(sources), options)]
    : await readFiles(host, sources, 'add');
}

/** Throws USAGE for an agent's name alone, which says nothing of the agent, and as `readAgentFiles`. */
async function readFiles(
  host: CommandLineHost,
  sources: readonly string[],
  verb: 'add' | 'change',
): Promise<AgentDefinition[]> {
  const [name = '', ...more] = sources;
  const isName = more.length === 0 && /^[A-Za-z0-9_-]+$/.test(name);
  if (!isName || (await isNamedThere(host, name))) return readAgentFiles(host, sources);
  throw new OrchestraError(
    'USAGE',
    `To ${verb} the agent "${name}", say what it is to be, with one or more of ${agentOptionNames()}. There is no file or folder of that name.`,
  );
}

/** Replaces agents by those of files, or changes what options name about one. */
export async function updateAgents(
  host: CommandLineHost,
  folder: DataFolder,
  sources: readonly string[],
  options: ChangeOptions,
): Promise<number> {
  // Those that the agent has stay.
  const card = await cardOf(host, sources, options, true);
  if (!card && !saysAnything(options)) {
    const definitions = await readFiles(host, sources, 'change');
    return withInstallation(host, folder, async ({ agents, workspace }) => {
      await agents.replace(workspace, definitions);
      await say(host, 'updated', definitions, options.output);
      return exitCodes.succeeded;
    });
  }
  const name = card?.name ?? onlyName(sources);
  return withInstallation(host, folder, async ({ agents, workspace }) => {
    const key = { workspace, name };
    const current = await agents.find(workspace, key);
    const changes = changesOfOptions(current, options, card && cardFor(current, card));
    await agents.change(key, changes);
    await say(host, 'updated', [{ name }], options.output);
    return exitCodes.succeeded;
  });
}

/** The card that is named, if one is; sources are for everything else. */
async function cardOf(
  host: CommandLineHost,
  sources: readonly string[],
  { card, name }: ChangeOptions,
  hasHeaders: boolean,
): Promise<Awaited<ReturnType<typeof readCardAt>> | undefined> {
  if (card !== undefined) {
    if (sources.length > 0) {
      throw new OrchestraError('USAGE', `A card defines one agent: leave out ${sources.join(', ')}, and use --name.`);
    }
    return readCardAt(host, card, { ...(name !== undefined && { name }), hasHeaders });
  }
  if (name !== undefined)
    throw new OrchestraError('USAGE', '--name belongs to --card: without one, the name comes first.');
  if (sources.length === 0) throw new OrchestraError('USAGE', 'Name files, folders, an agent, or a card with --card.');
  return undefined;
}

function onlyName(sources: readonly string[]): string {
  const [name = '', ...more] = sources;
  if (more.length === 0) return name;
  throw new OrchestraError(
    'USAGE',
    `Options define one agent, but ${sources.join(', ')} are named. Use files for several.`,
  );
}

async function say(
  host: CommandLineHost,
  verb: 'added' | 'updated',
  agents: readonly { name: string }[],
  output: OutputFormat,
): Promise<void> {
  const names = agents.map(({ name }) => name);
  if (output === 'json') await printJson(host, { [verb]: names });
  else await host.stdout.write(names.map((name) => `Agent ${name} is ${verb}.\n`).join(''));
}

async function sayTokens(
  host: CommandLineHost,
  folder: DataFolder,
  definitions: readonly AgentDefinition[],
): Promise<void> {
  for (const { name } of definitions.filter(({ connector }) => isRemoteConnector(connector.connector))) {
    await host.stderr.write(
      `It comes for its work with a token: \`orchestra${folder.argument} agents tokens create ${name}\` makes one.\n`,
    );
  }
}

async function sayNeededSecrets(
  host: CommandLineHost,
  folder: DataFolder,
  definitions: readonly AgentDefinition[],
): Promise<void> {
  for (const { name, connector } of definitions) {
    for (const secret of secretsOf(connector)) {
      await host.stderr.write(
        `It needs a secret: \`orchestra${folder.argument} agents secrets set ${name} ${secret}\` reads it from stdin.\n`,
      );
    }
  }
}
