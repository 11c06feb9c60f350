import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { cancelSingleTask } from './control-session';
import { showTask } from './show-task';
import { submitTask } from './submit-task';
import type { SubmitOptions } from './submit-task';

const id = ['<id>', 'as `tasks submit` printed it, or the beginning of it'] as const;
const collect = (value: string, before: string[]): string[] => [...before, value];

/** Commands about tasks that are submitted by themselves: each is a session of a plan of one task. */
export function addTasksCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const tasks = program.command('tasks').description('have single tasks done, without a plan file');
  withExamples(
    tasks
      .command('submit')
      .description('have one task done by an agent of the registry, and print its id')
      .requiredOption('--type <type>', 'what kind of task it is, e.g. bug-fix: what is learnt is kept by it')
      .option('-p, --prompt <text>', 'what the agent is asked to do; @path takes it from a file')
      .option('--agent <name>', 'the agent that does it')
      .option('--capability <name>', 'what the agent must be able to do, instead of its name')
      .option('--technology <name>', 'what it must know, once for each', collect, [])
      .option('--tag <name>', 'a tag that it must have, once for each', collect, [])
      .option('--input <json>', 'data for the agent; @path takes it from a file')
      .option('--priority <1-5>', '1 (most urgent) to 5 (default: 3)', parsePriority)
      .option('--timeout <duration>', 'of one attempt (default: 30m)')
      .option('--attempts <count>', 'how often it is tried (default: 3)', parseWhole)
      .option('--budget-usd <dollars>', 'the most that all its attempts may cost', parseDollars)
      .option('--id <id>', 'its id; submitting twice with one id submits once')
      .addOption(outputOption())
      .action(action((options: SubmitOptions) => submitTask(host, openDataFolder(), options))),
    [
      'orchestra tasks submit --type bug-fix --capability code.fix --prompt "Mend the parser" --timeout 20m',
      'orchestra tasks submit --type summary --agent writer --prompt @letter.txt --budget-usd 0.5 -o json',
    ],
  );
  withExamples(
    tasks
      .command('get')
      .description('show a task: its status, its attempts, and its output once it has ended')
      .argument(...id)
      .addOption(outputOption())
      .action(
        action((task: string, { output }: { output: OutputFormat }) => showTask(host, openDataFolder(), task, output)),
      ),
    ['orchestra tasks get bug-fix-k3f9', 'orchestra tasks get bug-fix-k3f9 -o json'],
  );
  withExamples(
    tasks
      .command('cancel')
      .description('stop the agent of a task; it is not tried again')
      .argument(...id)
      .option('--reason <text>', 'for its log')
      .action(
        action((task: string, { reason }: { reason?: string }) =>
          cancelSingleTask(host, openDataFolder(), task, reason),
        ),
      ),
    ['orchestra tasks cancel bug-fix-k3f9 --reason "wrong file"'],
  );
}

function parsePriority(text: string): number {
  if (/^[1-5]$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a number from 1 (most urgent) to 5.');
}

function parseWhole(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a number from 1 to 100.');
}

function parseDollars(text: string): number {
  if (/^\d+(\.\d{1,6})?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write an amount in US dollars, such as 0.5.');
}
