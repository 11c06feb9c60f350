import { requirePlan } from '../../contracts/schemas/read-plan';
import { racersAskedFor } from '../../domain/plan/racers';
import { budgetRisksOf } from '../../domain/prediction/task-risks';
import { assign } from '../../domain/routing/assign';
import type { Assignment } from '../../domain/routing/assignment';
import type { Wait } from '../../domain/routing/explain-wait';
import { raceShortages } from '../../domain/routing/race-shortages';
import { routingRequirement } from '../../domain/routing/routing-requirement';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { readPlanFile } from '../read-plan-file';
import { assignmentLines } from '../report/assignment-words';
import { exampleReport, outlookLines } from '../report/outlook-words';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import { formatPlanPath } from '../../domain/plan/issue';
import { taskAtPath } from '../../domain/plan/task-at-path';
import type { AgentChoice } from '../../domain/plan/plan';
import type { OutputFormat } from './command';
import { noOutlook, outlookOf } from './outlook';
import type { Outlook } from './outlook';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

/** Each need by itself, as if it came first: what runs beside it is not known before it runs. */
export async function routePlan(
  host: CommandLineHost,
  folder: DataFolder,
  file: string,
  output: OutputFormat,
): Promise<number> {
  const { plan, needs } = requirePlan(await readPlanFile(host, file));
  return withInstallation(host, folder, async (installation) => {
    const { roster, routingSettings, client, workspace } = installation;
    const [agents, settings] = [await roster(), await routingSettings()];
    // Who is excluded is looked for when the plan is started, and nothing goes there.
    const asked = needs.filter(({ path }) => path.at(-2) !== 'exclude');
    const routes = asked.map(({ path, choice, file: of }) => {
      const place = formatPlanPath(path);
      // Sub-plans in files of their own are found by their tasks' names alone.
      const { name, task } = (of === file ? taskAtPath(plan, path) : undefined) ?? { name: String(path[1]) };
      const requirement = routingRequirement(choice, task?.type === undefined ? {} : { taskType: task.type });
      const { capability } = requirement;
      const activity = { taskType: task?.type ?? name, ...(capability !== undefined && { capability }) };
      const asked = { workspace, requirement, activity, race: place };
      const [answer, ...others] = assign(
        agents,
        Array<typeof asked>(racersAskedFor(choice) || 1).fill(asked),
        settings,
      );
      return { place, name, task, answer, racers: others.filter(isUseful), later: knownLater(choice) };
    });
    const outlooks = await Promise.all(
      routes.map(async ({ name, task, answer }): Promise<Outlook> =>
        task && answer?.kind === 'assigned' ? outlookOf(installation, { name, task }, answer) : noOutlook,
      ),
    );
    const budgetRisks = routes.length === 0 ? [] : budgetRisksOf(await client.budgets.ofWorkspace());
    const warnings = raceShortages(plan, agents, workspace);
    const isPossible = routes.every(({ answer }) => answer?.kind === 'assigned' || answer?.reason === 'all-busy');
    if (output === 'json') {
      await printJson(host, {
        file,
        routes: routes.map(({ place, answer, racers, later }, at) => ({
          place,
          ...answer,
          taskRisks: outlooks[at]?.risks,
          examples: outlooks[at]?.examples.map(exampleReport),
          ...(racers.length > 0 && { racers }),
          knownLater: later,
        })),
        warnings,
        budgetRisks,
      });
    } else if (routes.length + warnings.length === 0) {
      await host.stdout.write('The plan brings all its agents along: the registry is not asked.\n');
    } else {
      const style = createStyle(host.stdout.hasColours);
      const lines = routes.flatMap(({ place, answer, racers, later }, at) => [
        style.bold(place),
        ...[...(answer ? [answer] : []), ...racers].flatMap(answerLines),
        ...outlookLines(outlooks[at] ?? noOutlook, workspace).map((line) => `  ${line}`),
        ...later.map((words) => `  ${words}`),
      ]);
      lines.push(...[...warnings, ...budgetRisks].map(safeLine));
      await host.stdout.write(`${lines.join('\n')}\n`);
    }
    return isPossible ? exitCodes.succeeded : exitCodes.failed;
  });
}

function answerLines(answer: Assignment | Wait): string[] {
  return answer.kind === 'assigned' ? assignmentLines(answer).map((line) => `  ${line}`) : [`  ${answer.message}`];
}

/** Of racers that there is no agent for, the warnings tell. */
function isUseful(answer: Assignment | Wait): boolean {
  return answer.kind === 'assigned' || answer.reason === 'all-busy';
}

/** What counts only once earlier tasks have been done. */
function knownLater(choice: AgentChoice): string[] {
  if ('name' in choice) return [];
  const { sameAs, notSameAs } = choice;
  return [
    ...(sameAs ? [`When it runs, who did ${sameAs.join(', ')} goes before others.`] : []),
    ...(notSameAs ? [`When it runs, it must not go to who did ${notSameAs.join(', ')}.`] : []),
  ];
}
