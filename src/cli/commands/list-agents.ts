import type { AgentFilter, AgentOverview } from '../../contracts/ports/agent-registry';
import { agentKey } from '../../domain/agents/agent-ref';
import { agentType } from '../../domain/agents/agent-type';
import { agentStatus } from '../../domain/agents/status';
import { agentName, agentReport, colourOfAgent, recordWords } from '../agents/agent-words';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

export interface AgentListOptions {
  capability?: string;
  technology?: string;
  tag?: string;
  type?: string;
  limit: number;
  after?: string;
  output: OutputFormat;
}

export function listAgents(
  host: CommandLineHost,
  folder: DataFolder,
  words: readonly string[],
  { output, after, ...options }: AgentListOptions,
): Promise<number> {
  return withInstallation(host, folder, async ({ agents, workspace }) => {
    const filter: AgentFilter = {
      ...options,
      ...(words.length > 0 && { query: words.join(' ') }),
      ...(after !== undefined && { after: agentKey(after, workspace) }),
    };
    // One more than is shown tells whether there are more.
    const found = await agents.list(workspace, { ...filter, limit: filter.limit + 1 });
    const page = found.slice(0, filter.limit);
    const last = page.at(-1);
    const next = found.length > page.length && last ? agentName(last, workspace) : null;
    if (output === 'json') await printJson(host, { agents: page.map(agentReport), next });
    else if (page.length > 0) await host.stdout.write(`${agentTable(host, page, workspace).join('\n')}\n`);
    else await host.stderr.write(`${nothingFound(folder, filter)}\n`);
    if (output === 'text' && next !== null) await host.stderr.write(`There are more: add --after ${next}.\n`);
    return exitCodes.succeeded;
  });
}

function nothingFound(folder: DataFolder, { query, capability, technology, tag, type, after }: AgentFilter): string {
  const isFiltered = [query, capability, technology, tag, type, after].some((part) => part !== undefined);
  if (isFiltered) return 'There is no such agent.';
  return `There is no agent yet. Add one: \`orchestra${folder.argument} agents add FILE\`, or \`agents add NAME --connector command --command 'node agent.mjs'\`.`;
}

function agentTable(host: CommandLineHost, agents: readonly AgentOverview[], workspace: string): string[] {
  const style = createStyle(host.stdout.hasColours);
  const [head = '', ...lines] = formatTable([
    ['AGENT', 'TYPE', 'CAPABILITIES', 'RUNNING', 'SUCCEEDED', 'STATUS'],
    ...agents.map((agent) => [
      agentName(agent, workspace),
      agentType(agent),
      capabilityWords(agent),
      `${agent.running}/${agent.maxConcurrent}`,
      recordWords(agent.record),
      agentStatus(agent),
    ]),
  ]);
  return [
    style.dim(head),
    ...lines.map((line, at) => {
      // The status is the last column: coloured after the table is laid out.
      const agent = agents[at];
      const status = agent ? agentStatus(agent) : 'online';
      return line.slice(0, line.length - status.length) + colourOfAgent(status, style)(status);
    }),
  ];
}

function capabilityWords({ capabilities }: AgentOverview): string {
  const names = capabilities.slice(0, 3).map(({ name }) => name);
  const more = capabilities.length - names.length;
  return [...names, ...(more > 0 ? [`+${more}`] : [])].join(', ') || '-';
}
