import type { RunOverview, SessionOverview } from '../../contracts/ports/session-catalog';
import { formatElapsed } from '../../domain/duration';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { agentWords } from '../report/agent-words';
import { etaWords } from '../report/eta-words';
import { partsWords } from '../report/fan-outs';
import { reasonWords, waitWords } from '../report/reason-words';
import { sessionSummary } from '../report/session-summary';
import { colourOf, countWords, statusSymbol, statusWords } from '../report/session-words';
import { formatDate } from '../terminal/format-time';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import type { Style } from '../terminal/style';
import { formatTable } from '../terminal/table';
import { taskRows } from '../watch/task-rows';
import type { TaskRow } from '../watch/task-rows';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { readReport } from './read-report';
import { withSession } from './with-session';

export function showSession(
  host: CommandLineHost,
  folder: DataFolder,
  id: string,
  output: OutputFormat,
): Promise<number> {
  return withSession(host, folder, id, async (session, installation) => {
    if (output === 'json') {
      await printJson(host, await readReport(session, host.now()));
      return exitCodes.succeeded;
    }
    const [overview, runs] = await Promise.all([session.overview(), session.runs()]);
    const style = createStyle(host.stdout.hasColours);
    const url = installation.workflowUrl(session.workflowId);
    const lines = [
      ...headLines(overview, url, host.now(), style),
      '',
      ...taskLines(taskRows(runs), host.now(), style),
      ...endLines(overview, runs, style),
    ];
    await host.stdout.write(`${lines.join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

function headLines(overview: SessionOverview, url: string | null, now: number, style: Style): string[] {
  const { id, planName, planHash, firstPlanHash, status, startedAt, endedAt, parentSession } = overview;
  const eta = etaWords(overview, now);
  const edited = planHash === firstPlanHash ? '' : `, edited from version ${firstPlanHash.slice(0, 12)}`;
  return [
    `${style.bold(id)}  ${colourOf(status, style)(statusWords(status))}, ${countWords(overview)}`,
    `  Plan     ${planName}, version ${planHash.slice(0, 12)}${edited}`,
    ...(parentSession === null ? [] : [`  Parent   ${parentSession}`]),
    ...(startedAt === null ? [] : [`  Started  ${formatDate(startedAt)}`]),
    ...(startedAt === null || endedAt === null
      ? []
      : [`  Ended    ${formatDate(endedAt)}, after ${formatElapsed(endedAt - startedAt)}`]),
    ...(eta === undefined ? [] : [`  ETA      ${safeLine(eta)}`]),
    ...(url === null ? [] : [`  Web UI   ${url}`]),
  ];
}

function taskLines(tasks: readonly TaskRow[], now: number, style: Style): string[] {
  const lines = formatTable(
    tasks.map((task) => [
      task.name,
      task.status,
      task.agent === null ? '-' : safeLine(agentWords(task.agent)),
      task.startedAt === null ? '-' : formatElapsed((task.endedAt ?? now) - task.startedAt),
      noteOf(task),
    ]),
  );
  return lines.map((line, at) => `${statusSymbol(tasks[at]?.status ?? 'pending', style)} ${line}`);
}

/** Errors have lines of their own, below. */
function noteOf({ items, isRace, attempts, status, reason, percent, message, waitsFor }: TaskRow): string {
  const parts = [
    items && `${partsWords(status, isRace, items)}${items.failed > 0 ? `, ${items.failed} failed` : ''}`,
    attempts > 1 && `${attempts} attempts`,
    status === 'running' && percent !== null && `${Math.round(percent)}%`,
    status === 'running' && message !== null && safeLine(message),
    waitsFor !== null && `waits: ${safeLine(waitsFor)}`,
    waitsFor === null && (status === 'waiting' ? waitWords(reason) : status !== 'succeeded' && reasonWords(reason)),
  ];
  return parts.filter((part): part is string => typeof part === 'string' && part !== '').join(' · ');
}

function endLines(overview: SessionOverview, runs: readonly RunOverview[], style: Style): string[] {
  // Its first line says what the head has said.
  const lines = overview.endedAt === null ? [] : sessionSummary(overview, runs, style).slice(1);
  return lines.length > 0 && lines[0] !== '' ? ['', ...lines] : lines;
}
