import type { SessionOverview } from '../../contracts/ports/session-catalog';
import { SessionStatus } from '../../domain/session/state';
import { formatElapsed } from '../../domain/duration';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { colourOf, statusWords } from '../report/session-words';
import { etaReport, shortEta } from '../report/eta-words';
import { formatDate } from '../terminal/format-time';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

export interface ListOptions {
  status?: SessionStatus;
  limit: number;
  output: OutputFormat;
}

export const statuses: readonly SessionStatus[] = Object.values(SessionStatus);

export function listSessions(
  host: CommandLineHost,
  folder: DataFolder,
  { status, limit, output }: ListOptions,
): Promise<number> {
  return withInstallation(host, folder, async ({ client }) => {
    const sessions = await client.list({ limit, ...(status && { status }) });
    if (output === 'json')
      await printJson(host, { sessions: sessions.map((session) => listedSession(session, host.now())) });
    else if (sessions.length > 0) await host.stdout.write(`${sessionTable(host, sessions).join('\n')}\n`);
    else await host.stderr.write(`There is no session${status ? ` that is ${statusWords(status)}` : ' yet'}.\n`);
    return exitCodes.succeeded;
  });
}

function listedSession(overview: SessionOverview, now: number): object {
  const { id, planName, status, progress, createdAt, startedAt, endedAt } = overview;
  const iso = (epochMs: number | null): string | null => (epochMs === null ? null : new Date(epochMs).toISOString());
  const { total, succeeded, failed, skipped, cancelled, percent } = progress;
  return {
    id,
    plan: planName,
    status,
    createdAt: iso(createdAt),
    startedAt: iso(startedAt),
    endedAt: iso(endedAt),
    ...etaReport(overview, now),
    progress: { total, succeeded, failed, skipped, cancelled, percent },
  };
}

function sessionTable(host: CommandLineHost, sessions: readonly SessionOverview[]): string[] {
  const style = createStyle(host.stdout.hasColours);
  const [head = '', ...lines] = formatTable([
    ['SESSION', 'CREATED', 'TIME', 'LEFT', 'TASKS', 'STATUS'],
    ...sessions.map(({ id, createdAt, startedAt, endedAt, progress, status, forecast }) => [
      id,
      formatDate(createdAt),
      startedAt === null ? '-' : formatElapsed((endedAt ?? host.now()) - startedAt),
      shortEta({ forecast }, host.now()),
      `${progress.succeeded + progress.failed + progress.skipped + progress.cancelled}/${progress.total}`,
      statusWords(status),
    ]),
  ]);
  return [
    style.dim(head),
    ...lines.map((line, at) => {
      // The status is the last column: coloured after the table is laid out.
      const status = sessions[at]?.status ?? 'running';
      const words = statusWords(status);
      return line.slice(0, line.length - words.length) + colourOf(status, style)(words);
    }),
  ];
}
