import { requirePlan } from '../../contracts/schemas/read-plan';
import { OrchestraError } from '../../domain/errors';
import { parseInputArguments } from '../../domain/plan/input-arguments';
import { namePattern } from '../../domain/plan/names';
import type { OverlapPolicy } from '../../domain/schedules/schedule';
import { exitCodes } from '../exit-codes';
import { readNamedFileSync } from '../named-files';
import type { CommandLineHost, DataFolder } from '../ports';
import { readPlanFile } from '../read-plan-file';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { scheduleLines, scheduleReport } from './show-schedules';
import { withInstallation } from './with-session';

export interface CreateScheduleOptions {
  cron: string[];
  timeZone: string;
  overlap: OverlapPolicy;
  catchUp: number;
  input: string[];
  paused: boolean;
  replace: boolean;
  output: OutputFormat;
}

export async function createSchedule(
  host: CommandLineHost,
  folder: DataFolder,
  name: string,
  file: string,
  { cron, timeZone, overlap, catchUp, input, paused, replace, output }: CreateScheduleOptions,
): Promise<number> {
  if (!namePattern.test(name)) {
    throw new OrchestraError('USAGE', `"${name}" is no name: use letters, digits, "-", "_" and ".", at most 63.`);
  }
  const { plan, hash, baseDirectory } = requirePlan(await readPlanFile(host, file));
  const fromFile = (path: string): string => readNamedFileSync(host, path);
  const inputs = parseInputArguments(plan, input, fromFile);
  return withInstallation(host, folder, async ({ client, planDocuments }) => {
    const times = { cron, timeZone, overlap, catchUpMs: catchUp };
    const request = { name, plan, hash, documents: planDocuments(plan), baseDirectory, inputs, ...times };
    const { schedules } = client;
    const made = await (replace ? schedules.replace(request) : schedules.create({ ...request, paused }));
    if (output === 'json') await printJson(host, scheduleReport(made));
    else await host.stdout.write(`${scheduleLines(made).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}
