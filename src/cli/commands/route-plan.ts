import { previewRoutes } from '../../client/preview-routes';
import { requirePlan } from '../../contracts/schemas/read-plan';
import { budgetRisksOf } from '../../domain/prediction/task-risks';
import type { Assignment } from '../../domain/routing/assignment';
import type { Wait } from '../../domain/routing/explain-wait';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { readPlanFile } from '../read-plan-file';
import { assignmentLines } from '../report/assignment-words';
import { exampleReport, outlookLines } from '../report/outlook-words';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import type { AgentChoice } from '../../domain/plan/plan';
import type { OutputFormat } from './command';
import { noOutlook, outlookOf } from './outlook';
import type { Outlook } from './outlook';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

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
    const termSettings = await installation.termSettings();
    const { routes, warnings, isPossible } = previewRoutes(plan, needs, {
      file,
      roster: agents,
      settings,
      termSettings,
      workspace,
    });
    const outlooks = await Promise.all(
      routes.map(async ({ name, task, answer }): Promise<Outlook> =>
        task && answer?.kind === 'assigned' ? outlookOf(installation, { name, task }, answer) : noOutlook,
      ),
    );
    const budgetRisks = routes.length === 0 ? [] : budgetRisksOf(await client.budgets.ofWorkspace());
    if (output === 'json') {
      await printJson(host, {
        file,
        routes: routes.map(({ place, choice, answer, racers }, at) => ({
          place,
          ...answer,
          taskRisks: outlooks[at]?.risks,
          examples: outlooks[at]?.examples.map(exampleReport),
          ...(racers.length > 0 && { racers }),
          knownLater: knownLater(choice),
        })),
        warnings,
        budgetRisks,
      });
    } else if (routes.length + warnings.length === 0) {
      await host.stdout.write('The plan brings all its agents along: the registry is not asked.\n');
    } else {
      const style = createStyle(host.stdout.hasColours);
      const lines = routes.flatMap(({ place, choice, answer, racers }, at) => [
        style.bold(place),
        ...[...(answer ? [answer] : []), ...racers].flatMap(answerLines),
        ...outlookLines(outlooks[at] ?? noOutlook, workspace).map((line) => `  ${line}`),
        ...knownLater(choice).map((words) => `  ${words}`),
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

/** What counts only once earlier tasks have been done. */
function knownLater(choice: AgentChoice): string[] {
  if ('name' in choice) return [];
  const { sameAs, notSameAs } = choice;
  return [
    ...(sameAs ? [`When it runs, who did ${sameAs.join(', ')} goes before others.`] : []),
    ...(notSameAs ? [`When it runs, it must not go to who did ${notSameAs.join(', ')}.`] : []),
  ];
}
