import type { Command } from 'commander';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { explainTask } from './explain-task';
import { parseCount } from './parse-count';
import { routePlan } from './route-plan';
import { showQueue } from './show-queue';

/** Commands about which agent gets what. */
export function addRoutingCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  withExamples(
    program
      .command('queue')
      .description('list the tasks that wait for agents, and what for')
      .option('-n, --limit <count>', 'how many at most', parseCount, 50)
      .addOption(outputOption())
      .action(action((options: { limit: number; output: OutputFormat }) => showQueue(host, openDataFolder(), options))),
    ['orchestra queue', 'orchestra queue -o json'],
  );
  withExamples(
    program
      .command('route')
      .description('show which agents of the registry the tasks of a plan would go to now, without running it')
      .argument('<file>', 'the plan file')
      .addOption(outputOption())
      .action(
        action((file: string, { output }: { output: OutputFormat }) => routePlan(host, openDataFolder(), file, output)),
      ),
    ['orchestra route my.plan.yaml', 'orchestra route my.plan.yaml -o json'],
  );
  withExamples(
    program
      .command('explain')
      .description('show why the attempts of a task went to their agents')
      .argument('<session>', "the session's id, or the beginning of it")
      .argument('<task>', 'the task, or one item of it: each[3]')
      .addOption(outputOption())
      .action(
        action((session: string, task: string, { output }: { output: OutputFormat }) =>
          explainTask(host, openDataFolder(), session, task, output),
        ),
      ),
    ['orchestra explain fix-k3f9 review', 'orchestra explain fix-k3f9 "each[3]" -o json'],
  );
}
