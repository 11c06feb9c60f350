import { Option } from 'commander';
import type { Command } from 'commander';
import { checkSessionId } from '../../client/check-session-id';
import { requirePlan } from '../../contracts/schemas/read-plan';
import { OrchestraError } from '../../domain/errors';
import { formatPlanPath } from '../../domain/plan/issue';
import { hasRaces } from '../../domain/plan/racers';
import { raceShortages } from '../../domain/routing/race-shortages';
import { parseInputArguments } from '../../domain/plan/input-arguments';
import { validateInputs } from '../../domain/plan/input-values';
import type { Plan } from '../../domain/plan/plan';
import { exitCodeOfStatus, exitCodes } from '../exit-codes';
import { withInterrupts } from '../interrupts';
import type { Interrupts } from '../interrupts';
import { readNamedFileSync } from '../named-files';
import { openForRun } from '../open-for-run';
import type { OpenedForRun } from '../open-for-run';
import type { CommandLineHost, DataFolder, Installation, Session } from '../ports';
import { readPlanFile } from '../read-plan-file';
import { createDisplay } from '../watch/display';
import type { Display } from '../watch/display';
import type { CommandContext, OutputFormat } from './command';
import { withExamples } from './command';
import { printOutcome } from './print-outcome';
import { printJson } from './print-json';
import { readReport } from './read-report';
import { tellUnfinished } from './unfinished-sessions';

interface RunOptions {
  input: string[];
  id?: string;
  detach: boolean;
  output: OutputFormat;
}

export function addRunCommand(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const command = program
    .command('run')
    .description('run a plan and watch it, on servers that run already or on its own')
    .argument('<file>', 'the plan file')
    .option(
      '-i, --input <name=value>',
      'an input of the plan, once for each; name=@path takes it from a file',
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .option(
      '--id <id>',
      "the session's id; made from the plan's name by default. Starting twice with one id starts once",
    )
    .option('-d, --detach', 'only start it; needs a running `orchestra dev` or `orchestra worker`', false)
    .addOption(new Option('-o, --output <format>', 'what to print on stdout').choices(['text', 'json']).default('text'))
    .action(action((file: string, options: RunOptions) => run(host, openDataFolder(), file, options)));
  withExamples(command, [
    'orchestra run examples/hello/hello.plan.yaml --input name=Ada',
    'orchestra run audit.plan.yaml --input repo=. -o json > audit.json',
    'orchestra run nightly.plan.yaml --detach',
  ]).addHelpText(
    'after',
    `
Exit codes: 0 succeeded, 1 failed or partially succeeded, 2 bad input, 3 cancelled, 4 no server.
Ctrl-C cancels the session where its agents run in this process; otherwise the session goes on without this terminal.`,
  );
}

async function run(host: CommandLineHost, folder: DataFolder, file: string, options: RunOptions): Promise<number> {
  const reading = requirePlan(await readPlanFile(host, file));
  const { plan, hash, baseDirectory } = reading;
  const fromFile = (path: string): string => readNamedFileSync(host, path);
  const inputs = parseInputArguments(plan, options.input, fromFile);
  validateInputs(plan, inputs);
  if (options.id !== undefined) checkSessionId(options.id);
  const display = createDisplay(host, options.output === 'json' ? host.stderr : host.stdout);

  return withInterrupts(host, async (interrupts) => {
    const { detach } = options;
    const opened = await openForRun(folder, { detach, report: display.notice, signal: interrupts.signal });
    const { installation } = opened;
    try {
      interrupts.signal.throwIfAborted();
      if (opened.runsAgents) {
        await tellUnfinished(installation, display.notice);
        interrupts.signal.throwIfAborted();
        // A session that is just being started is cancelled as soon as it can be.
        interrupts.handle(() => undefined);
      }
      await warnOfRaces(installation, plan, display.notice);
      const session = await installation.client.start({
        plan,
        hash,
        documents: installation.planDocuments(plan),
        baseDirectory,
        inputs,
        needs: reading.needs.map(({ file: source, line, column, path, choice }) => ({
          place: `${source}:${line}:${column}: ${formatPlanPath(path)}`,
          choice,
        })),
        ...(options.id !== undefined && { id: options.id }),
      });
      if (options.id !== undefined) await checkSamePlan(session, hash);
      if (detach) return await leave(host, folder, session, options.output);
      return await watch({ host, folder, opened, session, display, interrupts, output: options.output });
    } finally {
      await installation.close();
    }
  });
}

/** A race goes on with fewer racers, which nobody should find out only afterwards. */
async function warnOfRaces(installation: Installation, plan: Plan, notice: (words: string) => void): Promise<void> {
  if (!hasRaces(plan)) return;
  raceShortages(plan, await installation.roster(), installation.workspace).forEach(notice);
}

async function watch(given: {
  host: CommandLineHost;
  folder: DataFolder;
  opened: OpenedForRun;
  session: Session;
  display: Display;
  interrupts: Interrupts;
  output: OutputFormat;
}): Promise<number> {
  const { host, folder, opened, session, display, interrupts, output } = given;
  const { installation, runsAgents } = opened;
  display.begin({
    id: session.id,
    url: installation.workflowUrl(session.workflowId),
    interruptHint: runsAgents ? 'Ctrl-C cancels the session' : 'Ctrl-C leaves the session running',
  });
  if (runsAgents) {
    interrupts.handle(() => cancelOnce(session, display));
    if (interrupts.received() !== undefined) cancelOnce(session, display);
  }

  const isOwnerGone = (): boolean => installation.isOwnerGone();
  const persistence = { isOwnerGone, signal: interrupts.signal };
  try {
    const overview = await display.watch(session, persistence);
    interrupts.handle(undefined);
    if (output === 'json') await printJson(host, await readReport(session, host.now()));
    else await printOutcome(host, folder, installation, session, overview);
    if (installation.owner === 'this-process') {
      const onWait = (): void => display.notice('Another run uses the servers of this one; waiting for it to end.');
      await installation.waitForOthers(onWait, interrupts.signal);
    }
    return exitCodeOfStatus(overview.status);
  } catch (error) {
    const signal = interrupts.received();
    if (!interrupts.signal.aborted || signal === undefined) throw error;
    if (!runsAgents) display.notice(goesOnWords(session, folder));
    return exitCodes.signals[signal];
  }
}

function cancelOnce(session: Session, display: Display): void {
  display.setInterruptHint('Cancelling; Ctrl-C again ends this program at once');
  display.notice('Cancelling the session: its agents are told to stop. A second Ctrl-C ends this program at once.');
  session.cancel({ reason: 'interrupted' }).catch((error: unknown) => {
    // It has ended in this very moment, or the servers are away: the watch tells.
    if (!(error instanceof OrchestraError)) display.notice(`It cannot be cancelled: ${String(error)}`);
  });
}

async function leave(
  host: CommandLineHost,
  folder: DataFolder,
  session: Session,
  output: OutputFormat,
): Promise<number> {
  if (output === 'json') await printJson(host, await readReport(session, host.now()));
  else await host.stdout.write(`${session.id}\n`);
  await host.stderr.write(`${goesOnWords(session, folder)}\n`);
  return exitCodes.succeeded;
}

function goesOnWords({ id }: Session, { argument }: DataFolder): string {
  const command = `orchestra${argument} sessions`;
  return `Session ${id} goes on. Watch it with \`${command} watch ${id}\`, end it with \`${command} cancel ${id}\`.`;
}

/** Starting with a known id gives the session that has it, which must not be another plan's. */
async function checkSamePlan(session: Session, hash: string): Promise<void> {
  const { firstPlanHash, planName } = await session.overview();
  if (firstPlanHash === hash) return;
  throw new OrchestraError(
    'USAGE',
    `The id "${session.id}" belongs to a session of another plan or version ("${planName}"). Choose another --id.`,
  );
}
