import type { ScheduleOverview } from '../../client/schedules';
import { formatDuration } from '../../domain/duration';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { formatDate } from '../terminal/format-time';
import { safeLine, safeText } from '../terminal/safe-text';
import { formatTable } from '../terminal/table';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

export function listSchedules(host: CommandLineHost, folder: DataFolder, output: OutputFormat): Promise<number> {
  return withInstallation(host, folder, async ({ client }) => {
    const found = await client.schedules.list();
    if (output === 'json') await printJson(host, { schedules: found.map(scheduleReport) });
    else if (found.length === 0)
      await host.stderr.write('There is no schedule. Make one: `orchestra schedules create --help`.\n');
    else {
      const rows = found.map(({ name, planName, cron, timeZone, paused, next, recent }) => [
        name,
        planName,
        safeLine(`${cron.join(', ')} ${timeZone}`),
        paused ? 'paused' : dateOf(next[0]),
        recent[0]?.session ?? '-',
      ]);
      await host.stdout.write(
        `${formatTable([['SCHEDULE', 'PLAN', 'TIMES', 'NEXT', 'LATEST SESSION'], ...rows]).join('\n')}\n`,
      );
    }
    return exitCodes.succeeded;
  });
}

export function showSchedule(
  host: CommandLineHost,
  folder: DataFolder,
  name: string,
  output: OutputFormat,
): Promise<number> {
  return withInstallation(host, folder, async ({ client }) => {
    const found = await client.schedules.get(name);
    if (output === 'json') await printJson(host, scheduleReport(found));
    else await host.stdout.write(`${scheduleLines(found).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

export function scheduleLines(schedule: ScheduleOverview): string[] {
  const { name, planName, planHash, cron, timeZone, overlap, catchUpMs, paused, note, next, recent, problem } =
    schedule;
  return [
    `Schedule ${name}: plan ${planName} (version ${planHash.slice(0, 12)})`,
    `Times: ${safeLine(cron.join(', '))} ${timeZone}; overlap ${overlap}; catches up ${formatDuration(catchUpMs)}`,
    paused
      ? `Paused${note === null || note === '' ? '' : `: ${safeLine(note)}`}`
      : `Next: ${next.slice(0, 3).map(dateOf).join(', ') || '-'}`,
    ...recent.slice(0, 5).map(({ scheduledAt, session }) => `Ran: ${formatDate(scheduledAt)}  ${session}`),
    ...(problem === null ? [] : [`The latest run could not be started: ${safeText(problem)}`]),
  ];
}

/** As programs read it. */
export function scheduleReport({ next, recent, createdAt, updatedAt, ...schedule }: ScheduleOverview): object {
  const iso = (at: number): string => new Date(at).toISOString();
  return {
    ...schedule,
    next: next.map(iso),
    recent: recent.map(({ scheduledAt, startedAt, session }) => ({
      ...{ scheduledAt: iso(scheduledAt), startedAt: iso(startedAt), session },
    })),
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}

function dateOf(at: number | undefined): string {
  return at === undefined ? '-' : formatDate(at);
}
