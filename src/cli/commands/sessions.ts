import { Option } from 'commander';
import type { Command } from 'commander';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { cancelSession, cancelTask, pauseSession, resumeSession, retrySession } from './control-session';
import { editSession } from './edit-session';
import type { EditOptions } from './edit-session';
import { listSessions, statuses } from './list-sessions';
import type { ListOptions } from './list-sessions';
import { parseCount } from './parse-count';
import { reportSession } from './report-session';
import { printSessionPlan } from './session-plan';
import type { PlanFormat } from './session-plan';
import { showSession } from './show-session';
import { watchSession } from './watch-session';

const id = ['<id>', "the session's id, or the beginning of it"] as const;

/** Commands about sessions; they need servers that run. */
export function addSessionsCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const sessions = program.command('sessions').description('list sessions, look at them, and tell them what to do');

  withExamples(
    sessions
      .command('list')
      .description('list sessions, newest first')
      .addOption(new Option('-s, --status <status>', 'only these').choices(statuses))
      .option('-n, --limit <count>', 'how many at most', parseCount, 20)
      .addOption(outputOption())
      .action(action((options: ListOptions) => listSessions(host, openDataFolder(), options))),
    ['orchestra sessions list', 'orchestra sessions list --status failed -n 5'],
  );
  withExamples(
    sessions
      .command('show')
      .description('show a session with all its tasks, outputs and errors')
      .argument(...id)
      .addOption(outputOption())
      .action(
        action((session: string, { output }: { output: OutputFormat }) =>
          showSession(host, openDataFolder(), session, output),
        ),
      ),
    ['orchestra sessions show hello-k3f9', 'orchestra sessions show hello-k3f9 -o json'],
  );
  withExamples(
    sessions
      .command('watch')
      .description('watch a session until it ends; exits as `orchestra run` does')
      .argument(...id)
      .action(action((session: string) => watchSession(host, openDataFolder(), session))),
    ['orchestra sessions watch hello-k3f9'],
  );
  withExamples(
    sessions
      .command('report')
      .description('say how much was done at once, what each agent contributed, and what held the session up')
      .argument(...id)
      .addOption(outputOption())
      .action(
        action((session: string, { output }: { output: OutputFormat }) =>
          reportSession(host, openDataFolder(), session, output),
        ),
      ),
    ['orchestra sessions report hello-k3f9', 'orchestra sessions report hello-k3f9 -o json'],
  );
  withExamples(
    sessions
      .command('pause')
      .description('start no further task; what runs may finish')
      .argument(...id)
      .option('--now', 'stop what runs as well; it runs again after the pause, at no cost of its retries', false)
      .action(
        action((session: string, { now }: { now: boolean }) => pauseSession(host, openDataFolder(), session, now)),
      ),
    ['orchestra sessions pause hello-k3f9', 'orchestra sessions pause hello-k3f9 --now'],
  );
  withExamples(
    sessions
      .command('resume')
      .description('go on after a pause')
      .argument(...id)
      .action(action((session: string) => resumeSession(host, openDataFolder(), session))),
    ['orchestra sessions resume hello-k3f9'],
  );
  withExamples(
    sessions
      .command('cancel')
      .description('stop the agents and end the session; results so far are kept')
      .argument(...id)
      .option('--reason <text>', 'for the log of the session')
      .action(
        action((session: string, { reason }: { reason?: string }) =>
          cancelSession(host, openDataFolder(), session, reason),
        ),
      ),
    ['orchestra sessions cancel hello-k3f9 --reason "wrong input"'],
  );
  withExamples(
    sessions
      .command('cancel-task')
      .description('stop one task while the session goes on; who needs it is skipped')
      .argument(...id)
      .argument('<task>', 'the task; each[3] for the fourth item of a fan-out')
      .option('--reason <text>', 'for the log of the session')
      .action(
        action((session: string, task: string, { reason }: { reason?: string }) =>
          cancelTask(host, openDataFolder(), session, task, reason),
        ),
      ),
    ['orchestra sessions cancel-task hello-k3f9 greet --reason "not needed any more"'],
  );
  withExamples(
    sessions
      .command('plan')
      .description('print the plan that the session goes by now, as a plan file')
      .argument(...id)
      .addOption(
        new Option('-o, --output <format>', 'what to print on stdout').choices(['yaml', 'json']).default('yaml'),
      )
      .action(
        action((session: string, { output }: { output: PlanFormat }) =>
          printSessionPlan(host, openDataFolder(), session, output),
        ),
      ),
    ['orchestra sessions plan hello-k3f9 > hello.plan.yaml'],
  );
  withExamples(
    sessions
      .command('edit')
      .description('add, remove and change tasks that have not begun, in $VISUAL or $EDITOR, or by a file')
      .argument(...id)
      .option('-f, --file <file>', 'the edited plan, in the place of an editor; sub-plans are read with it')
      .option('--dry-run', 'only say what would change, and whether the session would refuse it', false)
      .option('--by <name>', 'who edits, for the log of the session', 'command line')
      .addOption(outputOption())
      .action(action((session: string, options: EditOptions) => editSession(host, openDataFolder(), session, options))),
    [
      'orchestra sessions edit hello-k3f9',
      'orchestra sessions plan hello-k3f9 > next.plan.yaml',
      'orchestra sessions edit hello-k3f9 --file next.plan.yaml --dry-run',
    ],
  );
  withExamples(
    sessions
      .command('retry')
      .description('try failed and cancelled tasks again, all or one; reopens a session that has ended')
      .argument(...id)
      .argument('[task]', 'only this task')
      .action(
        action((session: string, task: string | undefined) => retrySession(host, openDataFolder(), session, task)),
      ),
    ['orchestra sessions retry hello-k3f9', 'orchestra sessions retry hello-k3f9 greet'],
  );
}
