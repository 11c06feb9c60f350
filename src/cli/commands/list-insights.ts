import type { InsightOverview } from '../../contracts/ports/insight-catalog';
import type { TransferVerdict } from '../../domain/learning/insights/distribution';
import { agentId, agentKey } from '../../domain/agents/agent-ref';
import { count, list } from '../../domain/routing/plain-words';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { formatDate } from '../terminal/format-time';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

export interface InsightOptions {
  agent?: string;
  capability?: string;
  type?: string;
  all: boolean;
  output: OutputFormat;
}

export function listInsights(
  host: CommandLineHost,
  folder: DataFolder,
  { agent: name, capability, type, all, output }: InsightOptions,
): Promise<number> {
  return withInstallation(host, folder, async ({ agents, client, workspace }) => {
    // A name that nobody has is an error, not an agent of which nothing is known.
    const agent = name === undefined ? undefined : await agents.find(workspace, agentKey(name, workspace));
    const insights = await client.learning.insights({
      ...(agent && { agent: agentId(agent) }),
      ...(capability !== undefined && { capability }),
      ...(type !== undefined && { taskType: type }),
      all,
    });
    if (output === 'json') await printJson(host, { insights: insights.map(reportOf) });
    else if (insights.length > 0)
      await host.stdout.write(`${insights.map((one) => linesOf(host, one)).join('\n\n')}\n`);
    else
      await host.stderr.write(`${all ? 'Nothing was found yet.' : 'Nothing holds that is sure enough. See --all.'}\n`);
    return exitCodes.succeeded;
  });
}

function linesOf(host: CommandLineHost, insight: InsightOverview): string {
  const { kind, says, confidence, expiredAt, lastSeen, links, source, id } = insight;
  const style = createStyle(host.stdout.hasColours);
  const [newest] = links;
  const details = [
    // By which it can be forgotten.
    ...(source ? [id] : []),
    ...(source && 'workspace' in source
      ? [`from workspace ${source.workspace} where it has ${source.confidence}`]
      : []),
    confidence === null ? 'nothing speaks for it yet' : `confidence ${confidence}`,
    expiredAt === null ? `last seen ${formatDate(lastSeen)}` : `holds no more since ${formatDate(expiredAt)}`,
    ...(newest ? [`e.g. ${newest.session} ${newest.run}`] : []),
    ...toldWords(insight),
    ...receiverWords(insight),
  ];
  return `${style.bold(kind.replaceAll('_', ' '))}: ${safeLine(says)}\n  ${style.dim(details.join(', '))}`;
}

function toldWords({ applied, effect }: InsightOverview): string[] {
  if (applied === 0) return [];
  const told = `told to ${count(applied, 'attempt')}`;
  if (!effect) return [told];
  const share = ({ success }: typeof effect.withIt): string =>
    success === null ? '-' : `${Math.round(success * 100)}%`;
  return [`${told}: ${share(effect.withIt)} succeeded, ${share(effect.without)} of those that were not told it`];
}

/** Where what was found of one agent is so with others. */
function receiverWords({ distribution }: InsightOverview): string[] {
  if (!distribution) return [];
  const agents = (wanted: TransferVerdict): string =>
    list(distribution.receivers.filter(({ verdict }) => verdict === wanted).map(({ agent }) => agent));
  const [holds, not] = [agents('holds'), agents('contradicted')];
  const { verdict, confidence } = distribution.others;
  return [
    ...(holds === '' ? [] : [`holds for ${holds}`]),
    ...(not === '' ? [] : [`does not hold for ${not}`]),
    ...(verdict === 'open' ? [`for other agents ${confidence}`] : ['not for other agents']),
  ];
}

/** For programs: times as ISO texts. */
function reportOf({ firstSeen, lastSeen, expiredAt, ...insight }: InsightOverview): object {
  return {
    ...insight,
    firstSeen: new Date(firstSeen).toISOString(),
    lastSeen: new Date(lastSeen).toISOString(),
    expiredAt: expiredAt === null ? null : new Date(expiredAt).toISOString(),
  };
}
