import type { SessionOverview } from '../../contracts/ports/session-catalog';
import type { CommandLineHost, DataFolder, Installation, Session } from '../ports';
import { sessionSummary } from '../report/session-summary';
import { createStyle } from '../terminal/style';

/** Prints how a session ended, and what can be done now. */
export async function printOutcome(
  host: CommandLineHost,
  folder: DataFolder,
  installation: Installation,
  session: Session,
  overview: SessionOverview,
): Promise<void> {
  const style = createStyle(host.stdout.hasColours);
  const runs = overview.status === 'succeeded' ? [] : await session.runs();
  const lines = ['', ...sessionSummary(overview, runs, style)];
  const next = overview.status === 'succeeded' ? [] : nextSteps(session, overview, folder, installation);
  await host.stdout.write(`${[...lines, ...(next.length > 0 ? ['', ...next.map(style.dim)] : [])].join('\n')}\n`);
}

function nextSteps(
  { id, workflowId }: Session,
  { isAbandoned }: SessionOverview,
  { argument }: DataFolder,
  installation: Installation,
): string[] {
  const command = `orchestra${argument}`;
  const endsNow = installation.owner === 'this-process' || installation.owner === 'other-run';
  const url = endsNow ? null : installation.workflowUrl(workflowId);
  const first = endsNow ? `start \`${command} dev\`, then ` : '';
  return [
    ...(isAbandoned ? [] : [`Try what failed again: ${first}\`${command} sessions retry ${id}\``]),
    `See every task: ${first}\`${command} sessions show ${id}\``,
    ...(url === null ? [] : [`Temporal Web UI: ${url}`]),
  ];
}
