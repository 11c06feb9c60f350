import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { parseDuration } from '../../domain/duration';
import { overlapPolicies } from '../../domain/schedules/schedule';
import type { OverlapPolicy } from '../../domain/schedules/schedule';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder, Installation } from '../ports';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { createSchedule } from './create-schedule';
import type { CreateScheduleOptions } from './create-schedule';
import { parseTime } from './parse-time';
import { listSchedules, showSchedule } from './show-schedules';
import { withInstallation } from './with-session';

const name = ['<name>', 'as `schedules list` shows it'] as const;

/** Plans that run again and again. */
export function addSchedulesCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const schedules = program
    .command('schedules')
    .description('have plans run at times of the day, the week or the year');
  const overlap = (): Option =>
    new Option('--overlap <policy>', 'where the run before has not ended').choices([...overlapPolicies]);
  const tell = (words: string, use: (all: Installation['client']['schedules']) => Promise<unknown>): Promise<number> =>
    say(host, openDataFolder(), words, use);

  withExamples(
    schedules
      .command('create')
      .description('have a plan run again and again; sub-plans are read with it')
      .argument('<name>', 'begins the ids of its sessions')
      .argument('<file>', 'the plan file')
      .requiredOption(
        '--cron <expression>',
        'when: 5 fields, or @daily and the like; once for each',
        (value: string, before: string[] | undefined) => [...(before ?? []), value],
      )
      .option('--time-zone <zone>', 'of the cron expressions, such as Europe/Berlin', 'UTC')
      .addOption(overlap().default('skip'))
      .addOption(
        new Option('--catch-up <duration>', 'make up for runs that were missed, where they are no older')
          .argParser(parseCatchUp)
          .default(60_000, '1m'),
      )
      .option(
        '-i, --input <name=value>',
        'an input of the plan, once for each; name=@path takes it from a file',
        (value: string, before: string[]) => [...before, value],
        [],
      )
      .option('--paused', 'start nothing before it is resumed', false)
      .option('--replace', 'in the place of the schedule of that name', false)
      .addOption(outputOption())
      .action(
        action((schedule: string, file: string, options: CreateScheduleOptions) =>
          createSchedule(host, openDataFolder(), schedule, file, options),
        ),
      ),
    [
      'orchestra schedules create nightly audit.plan.yaml --cron "0 3 * * *" --time-zone Europe/Berlin',
      'orchestra schedules create nightly audit.plan.yaml --cron "30 4 * * 1-5" --input repo=. --replace',
    ],
  );
  withExamples(
    schedules
      .command('list')
      .description('list the schedules, with their next and latest runs')
      .addOption(outputOption())
      .action(action(({ output }: { output: OutputFormat }) => listSchedules(host, openDataFolder(), output))),
    ['orchestra schedules list', 'orchestra schedules list -o json'],
  );
  withExamples(
    schedules
      .command('show')
      .description('show a schedule, with its next and latest runs')
      .argument(...name)
      .addOption(outputOption())
      .action(
        action((schedule: string, { output }: { output: OutputFormat }) =>
          showSchedule(host, openDataFolder(), schedule, output),
        ),
      ),
    ['orchestra schedules show nightly'],
  );
  withExamples(
    schedules
      .command('pause')
      .description('start nothing at its times until it is resumed')
      .argument(...name)
      .option('--note <text>', 'why')
      .action(
        action((schedule: string, { note }: { note?: string }) =>
          tell(`Schedule ${schedule} is paused.`, (all) => all.pause(schedule, note)),
        ),
      ),
    ['orchestra schedules pause nightly --note "the plan is being changed"'],
  );
  withExamples(
    schedules
      .command('resume')
      .description('go on after a pause')
      .argument(...name)
      .option('--note <text>', 'why')
      .action(
        action((schedule: string, { note }: { note?: string }) =>
          tell(`Schedule ${schedule} goes on.`, (all) => all.resume(schedule, note)),
        ),
      ),
    ['orchestra schedules resume nightly'],
  );
  withExamples(
    schedules
      .command('trigger')
      .description('run it now, also while it is paused')
      .argument(...name)
      .addOption(overlap())
      .action(
        action((schedule: string, options: { overlap?: OverlapPolicy }) =>
          tell(`Schedule ${schedule} runs now.`, (all) => all.trigger(schedule, options)),
        ),
      ),
    ['orchestra schedules trigger nightly', 'orchestra schedules trigger nightly --overlap allow-all'],
  );
  withExamples(
    schedules
      .command('backfill')
      .description('run it for all its times of a period that has passed')
      .argument(...name)
      .requiredOption('--from <time>', 'in ISO 8601, such as 2026-11-01T00:00:00Z', parseTime)
      .requiredOption('--to <time>', 'likewise', parseTime)
      .addOption(overlap())
      .action(
        action((schedule: string, options: { from: number; to: number; overlap?: OverlapPolicy }) =>
          tell(`Schedule ${schedule} runs for its times of that period.`, (all) => all.backfill(schedule, options)),
        ),
      ),
    ['orchestra schedules backfill nightly --from 2026-11-01T00:00:00Z --to 2026-11-03T00:00:00Z --overlap buffer-all'],
  );
  withExamples(
    schedules
      .command('delete')
      .description('remove it; what runs goes on')
      .argument(...name)
      .action(action((schedule: string) => tell(`Schedule ${schedule} is removed.`, (all) => all.remove(schedule)))),
    ['orchestra schedules delete nightly'],
  );
}

function say(
  host: CommandLineHost,
  folder: DataFolder,
  words: string,
  use: (all: Installation['client']['schedules']) => Promise<unknown>,
): Promise<number> {
  return withInstallation(host, folder, async ({ client }) => {
    await use(client.schedules);
    await host.stdout.write(`${words}\n`);
    return exitCodes.succeeded;
  });
}

function parseCatchUp(text: string): number {
  const durationMs = parseDuration(text);
  // Temporal takes no less.
  if (durationMs !== undefined && durationMs >= 10_000) return durationMs;
  throw new InvalidArgumentError('Give a duration of 10s at least, such as 1h.');
}
