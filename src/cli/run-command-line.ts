import { Command, CommanderError, Help } from 'commander';
import type { Option } from 'commander';
import { OrchestraError } from '../domain/errors';
import { CommandAudit, auditedCommand } from './audit-command';
import type { CommandContext } from './commands/command';
import { withExamples } from './commands/command';
import { addAgentsCommands } from './commands/agents';
import { addAlertsCommands } from './commands/alerts';
import { addApiCommand } from './commands/api';
import { addApprovalsCommands } from './commands/approvals';
import { addAuditCommands } from './commands/audit';
import { addBudgetCommands } from './commands/budget';
import { addConflictsCommands } from './commands/conflicts';
import { addDevCommand } from './commands/dev';
import { addDoctorCommand } from './commands/doctor';
import { addEventsCommand } from './commands/events';
import { addHealthCommand } from './commands/health';
import { addHostCommand } from './commands/host';
import { addHostsCommands } from './commands/hosts';
import { addLoginCommands } from './commands/login';
import { addMetricsCommand } from './commands/metrics';
import { addLearnCommands } from './commands/learn';
import { addMemoryCommands } from './commands/memory';
import { addOptimizeCommands } from './commands/optimize';
import { addPlanCommands } from './commands/plan-commands';
import { addRequestCommand } from './commands/request';
import { addRoutingCommands } from './commands/routing-commands';
import { addRunCommand } from './commands/run';
import { addSchedulesCommands } from './commands/schedules';
import { addSessionsCommands } from './commands/sessions';
import { addSettingsCommands } from './commands/settings';
import { addTasksCommands } from './commands/tasks';
import { addTokensCommands } from './commands/tokens';
import { addMigrateCommand } from './commands/migrate';
import { addWebhooksCommands } from './commands/webhooks';
import { addWorkerCommand } from './commands/worker';
import { addWorkspacesCommands } from './commands/workspaces';
import { exitCodeOfError, exitCodes } from './exit-codes';
import type { CommandLineHost } from './ports';
import { safeText } from './terminal/safe-text';

/** Runs one command line, without `node` and the program's name, and resolves with its exit code. Never rejects. */
export async function runCommandLine(args: readonly string[], host: CommandLineHost): Promise<number> {
  let exitCode: number = exitCodes.succeeded;
  const pending: Promise<void>[] = [];
  const program = createProgram(host, pending, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    exitCode = await failWith(error, host);
  }
  await Promise.all(pending);
  return (await tellDropped(host)) && exitCode === exitCodes.succeeded ? exitCodes.failed : exitCode;
}

/** Whether output was lost that somebody still wanted: a reader that has gone wanted no more. */
async function tellDropped({ stdout, stderr }: CommandLineHost): Promise<boolean> {
  const failure = stdout.failure();
  if (!failure || failure.code === 'EPIPE') return false;
  const why = failure.code === 'ENOSPC' ? 'no space is left there' : failure.message;
  await stderr.write(`Output is missing: stdout could not be written, because ${safeText(why)}.\n`);
  return true;
}

function createProgram(host: CommandLineHost, pending: Promise<void>[], finish: (exitCode: number) => void): Command {
  const program = new Command('orchestra');
  // Inherited by the commands added below, so they come first.
  program
    .exitOverride()
    .showHelpAfterError('Add --help to see what can be written.')
    .configureOutput({
      writeOut: (text) => pending.push(host.stdout.write(text)),
      writeErr: (text) => pending.push(host.stderr.write(text)),
      getOutHelpWidth: () => host.stdout.size().columns,
      getErrHelpWidth: () => host.stderr.size().columns,
      getOutHasColors: () => host.stdout.hasColours,
      getErrHasColors: () => host.stderr.hasColours,
    });
  program
    .description('Runs teams of AI agents as durable sessions.')
    .version(host.version)
    .option('--data <dir>', 'folder that holds the state (default: ORCHESTRA_DATA, or .orchestra)')
    .configureHelp({ showGlobalOptions: true, optionDescription });
  let audit: CommandAudit | undefined;
  const context: CommandContext = {
    host,
    openDataFolder: () => {
      const folder = host.openDataFolder(program.opts<{ data?: string }>().data);
      return audit ? audit.watch(folder) : folder;
    },
    action:
      (run) =>
      async (...given) => {
        // The last thing that an action is given.
        const called = given.at(-1) as Command;
        refuseEmptyArguments(called);
        const command = auditedCommand(called);
        audit = command && new CommandAudit(command);
        finish(await (audit ? audit.around(() => run(...given)) : run(...given)));
      },
  };
  addRunCommand(program, context);
  addPlanCommands(program, context);
  addSessionsCommands(program, context);
  addTasksCommands(program, context);
  addSchedulesCommands(program, context);
  addAgentsCommands(program, context);
  addMemoryCommands(program, context);
  addRoutingCommands(program, context);
  addLearnCommands(program, context);
  addBudgetCommands(program, context);
  addSettingsCommands(program, context);
  addAuditCommands(program, context);
  addApprovalsCommands(program, context);
  addConflictsCommands(program, context);
  addDevCommand(program, context);
  addWorkerCommand(program, context);
  addMigrateCommand(program, context);
  addHostCommand(program, context);
  addHostsCommands(program, context);
  addApiCommand(program, context);
  addTokensCommands(program, context);
  addLoginCommands(program, context);
  addRequestCommand(program, context);
  addWorkspacesCommands(program, context);
  addHealthCommand(program, context);
  addEventsCommand(program, context);
  addMetricsCommand(program, context);
  addAlertsCommands(program, context);
  addWebhooksCommands(program, context);
  addOptimizeCommands(program, context);
  addDoctorCommand(program, context);
  return withExamples(program, [
    'orchestra run examples/hello/hello.plan.yaml --input name=Ada',
    'orchestra dev',
    'orchestra sessions list',
  ]);
}

/** A variable of the shell that is not set leaves an empty argument, which names nothing: not all there is, not the present folder. */
function refuseEmptyArguments(command: Command): void {
  const at = command.args.findIndex((argument) => argument.trim() === '');
  if (at === -1) return;
  const { registeredArguments: known } = command;
  const name = (known[at] ?? known.at(-1))?.name() ?? '';
  command.error(`error: argument '${name}' is empty`);
}

/** An option that is off, or names nothing, unless somebody writes it: its name says so. */
function optionDescription(option: Option): string {
  return new Help().optionDescription(option).replace(/ \(default: (?:false|\[\]|"")\)$/, '');
}

async function failWith(error: unknown, host: CommandLineHost): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.succeeded : exitCodes.badInput;
  if (error instanceof OrchestraError) {
    await host.stderr.write(`${safeText(error.message)}\n`);
    if (host.isDebugging) await host.stderr.write(`${stackOf(error)}\n`);
    return exitCodeOfError(error.code);
  }
  const message = error instanceof Error ? error.message : String(error);
  const hint = host.isDebugging ? stackOf(error) : 'Set ORCHESTRA_DEBUG=1 to see where it comes from.';
  await host.stderr.write(`Something went wrong inside orchestra: ${safeText(message)}\n${hint}\n`);
  return exitCodes.failed;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${stackOf(error.cause)}`;
  return `${safeText(error.stack ?? error.message)}${cause}`;
}
