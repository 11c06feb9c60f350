import { agentKey } from '../../domain/agents/agent-ref';
import { causes } from '../../domain/health/agent-event';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { formatDate } from '../terminal/format-time';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

export function listAgentEvents(
  host: CommandLineHost,
  folder: DataFolder,
  name: string,
  { limit, output }: { limit: number; output: OutputFormat },
): Promise<number> {
  return withInstallation(host, folder, async ({ agents, breakers, workspace }) => {
    const agent = await agents.find(workspace, agentKey(name, workspace));
    const noted = await breakers.events({ workspace: agent.workspace, name: agent.name }, limit);
    const events = noted.map(({ by, ...event }) => ({ ...event, by: by ?? causes[event.kind] }));
    if (output === 'json') {
      await printJson(host, { events: events.map(({ at, ...rest }) => ({ at: new Date(at).toISOString(), ...rest })) });
    } else if (events.length === 0) await host.stderr.write('Nothing has become of it yet.\n');
    else {
      const [head = '', ...rows] = formatTable([
        ['WHEN', 'EVENT', 'BY', 'WHY'],
        ...events.map(({ at, kind, by, why }) => [formatDate(at), kind, safeLine(by), safeLine(why ?? '-')]),
      ]);
      await host.stdout.write(`${[createStyle(host.stdout.hasColours).dim(head), ...rows].join('\n')}\n`);
    }
    return exitCodes.succeeded;
  });
}
