import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { agentKey } from '../../domain/agents/agent-ref';
import { complexities } from '../../domain/plan/plan';
import type { Feedback } from '../../domain/learning/feedback';
import { count } from '../../domain/routing/plain-words';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { listInsights } from './list-insights';
import type { InsightOptions } from './list-insights';
import { parseCount } from './parse-count';
import { printJson } from './print-json';
import { queryLearnings } from './query-learnings';
import { reportOutcomes } from './report-outcomes';
import type { QueryOptions } from './query-learnings';
import { withInstallation, withSession } from './with-session';

interface FeedbackOptions {
  attempt?: number;
  rating?: number;
  useful?: boolean;
  changed?: string;
}

/** What outcomes taught, and how people correct it. */
export function addLearnCommands(program: Command, { host, openDataFolder, action }: CommandContext): void {
  const learn = program.command('learn').description('ask what outcomes taught, and correct it');
  withExamples(
    learn
      .command('query')
      .description('tell which agent does such tasks best, how long it takes, what to do and to beware of')
      .argument('[agent]', 'only of this agent; workspace/name for one that another workspace shares')
      .option('--capability <name>', 'of tasks that asked for this capability')
      .option('--type <name>', 'of this type of task: its `type` in the plan, or its name')
      .addOption(new Option('--complexity <level>', 'of tasks that are as hard').choices(complexities))
      .option('--technology <names...>', 'only agents that know all of these')
      .addOption(outputOption())
      .action(
        action((agent: string | undefined, options: QueryOptions) =>
          queryLearnings(host, openDataFolder(), agent, options),
        ),
      ),
    ['orchestra learn query --capability code.write --type bug-fix', 'orchestra learn query writer -o json'],
  );
  withExamples(
    learn
      .command('insights')
      .description('tell what outcomes show: what goes well and wrong, what takes long, what to set otherwise')
      .option('--agent <name>', 'only of this agent; workspace/name for one that another workspace shares')
      .option('--capability <name>', 'of tasks that asked for this capability')
      .option('--type <name>', 'of this type of task: its `type` in the plan, or its name')
      .option('--all', 'also those that are not sure enough, and those that hold no more', false)
      .addOption(outputOption())
      .action(action((options: InsightOptions) => listInsights(host, openDataFolder(), options))),
    ['orchestra learn insights --type bug-fix', 'orchestra learn insights --all -o json'],
  );
  withExamples(
    learn
      .command('forget')
      .description('let what agents say be told to nobody any more, also if they say it again')
      .argument('<id...>', 'as `insights` shows them')
      .addOption(outputOption())
      .action(
        action((ids: string[], { output }: { output: OutputFormat }) =>
          forgetInsights(host, openDataFolder(), ids, output),
        ),
      ),
    ['orchestra learn forget 3f1c9a2b7d40e5f6'],
  );
  withExamples(
    learn
      .command('feedback')
      .description('say how good the result of a task was; it corrects what was learnt, at any time after')
      .argument('<session>', 'id of the session, or the beginning of it')
      .argument('<task>', 'the task; each[3] for the fourth item of a fan-out')
      .option('--attempt <number>', 'which attempt; the latest without', parseCount)
      .option('--rating <1-5>', '1: useless, 5: perfect', parseRating)
      .addOption(new Option('--useful', 'it was of use').conflicts('notUseful'))
      .option('--not-useful', 'it was of no use')
      .option('--changed <text>', 'what you had to change in it')
      .action(
        action((session: string, task: string, options: FeedbackOptions & { notUseful?: true }) =>
          giveFeedback(host, openDataFolder(), session, task, options),
        ),
      ),
    [
      'orchestra learn feedback fix-and-review-k3f9 fix --rating 4',
      "orchestra learn feedback fix-and-review-k3f9 fix --useful --changed 'renamed a variable'",
    ],
  );
  withExamples(
    learn
      .command('report')
      .description('tell what work done elsewhere came to: it is learnt as outcomes of sessions are')
      .argument('<file>', 'reports as JSON, a list or one a line; - for stdin')
      .addOption(outputOption())
      .action(
        action((file: string, { output }: { output: OutputFormat }) =>
          reportOutcomes(host, openDataFolder(), file, output),
        ),
      ),
    ['orchestra learn report outcomes.jsonl', 'ci-results | orchestra learn report -'],
  );
  withExamples(
    learn
      .command('reset')
      .description('forget what was learnt of an agent: its outcomes so far count no more')
      .argument('<agent>', 'its name; workspace/name for one that another workspace shares')
      .action(
        action((name: string) =>
          withInstallation(host, openDataFolder(), async ({ agents, client, workspace }) => {
            const { workspace: owner, name: found } = await agents.find(workspace, agentKey(name, workspace));
            await client.learning.forget({ workspace: owner, name: found });
            await host.stdout.write(`What was learnt of ${name} is forgotten. Its outcomes stay, and count no more.\n`);
            return exitCodes.succeeded;
          }),
        ),
      ),
    ['orchestra learn reset writer'],
  );
}

function forgetInsights(
  host: CommandLineHost,
  folder: DataFolder,
  ids: readonly string[],
  output: OutputFormat,
): Promise<number> {
  return withInstallation(host, folder, async ({ client }) => {
    await client.learning.forgetInsights(ids);
    const forgotten = new Set(ids).size;
    if (output === 'json') await printJson(host, { forgotten });
    else await host.stdout.write(`${count(forgotten, 'insight')} forgotten.\n`);
    return exitCodes.succeeded;
  });
}

function giveFeedback(
  host: CommandLineHost,
  folder: DataFolder,
  id: string,
  run: string,
  { attempt, rating, useful, notUseful, changed }: FeedbackOptions & { notUseful?: true },
): Promise<number> {
  return withSession(host, folder, id, async (session, { client }) => {
    const said = useful ?? (notUseful ? false : undefined);
    const feedback: Feedback = {
      ...(rating !== undefined && { rating }),
      ...(said !== undefined && { useful: said }),
      ...(changed !== undefined && { modifications: changed }),
    };
    const about = await client.learning.feedback(
      { session: session.id, run, ...(attempt !== undefined && { attempt }) },
      feedback,
    );
    await host.stdout.write(
      `Noted for attempt ${about.attempt} of ${about.run} by ${about.agent}. What was learnt of it is corrected within seconds.\n`,
    );
    return exitCodes.succeeded;
  });
}

function parseRating(text: string): number {
  const rating = Number(text);
  if (/^[1-5]$/.test(text)) return rating;
  throw new InvalidArgumentError('Write a whole number from 1 to 5.');
}
