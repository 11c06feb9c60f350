import { requirePlan } from '../../contracts/schemas/read-plan';
import { racersAskedFor } from '../../domain/plan/racers';
import { assign } from '../../domain/routing/assign';
import type { Assignment } from '../../domain/routing/assignment';
import type { Wait } from '../../domain/routing/explain-wait';
import { raceShortages } from '../../domain/routing/race-shortages';
import { routingRequirement } from '../../domain/routing/routing-requirement';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { readPlanFile } from '../read-plan-file';
import { assignmentLines } from '../report/assignment-words';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import { formatPlanPath } from '../../domain/plan/issue';
import type { PlanPath } from '../../domain/plan/issue';
import { attemptTerms } from '../../domain/routing/attempt-terms';
import type { AttemptTerms } from '../../domain/routing/attempt-terms';
import type { AgentChoice, Plan } from '../../domain/plan/plan';
import type { OutputFormat } from './command';
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
  return withInstallation(host, folder, async ({ roster, routingSettings, workspace, ...installation }) => {
    const [agents, settings] = [await roster(), await routingSettings()];
    const termSettings = await installation.termSettings();
    // Who is excluded is looked for when the plan is started, and nothing goes there.
    const asked = needs.filter(({ path }) => path.at(-2) !== 'exclude');
    const routes = asked.map(({ path, choice }) => {
      const place = formatPlanPath(path);
      const terms = termsAt(plan, path);
      const requirement = routingRequirement(choice);
      const asked = { workspace, requirement, race: place, ...(terms && { terms, termSettings }) };
      const [answer, ...others] = assign(
        agents,
        Array<typeof asked>(racersAskedFor(choice) || 1).fill(asked),
        settings,
      );
      return { place, answer, racers: others.filter(isUseful), later: knownLater(choice) };
    });
    const warnings = raceShortages(plan, agents, workspace);
    const isPossible = routes.every(({ answer }) => answer?.kind === 'assigned' || answer?.reason === 'all-busy');
    if (output === 'json') {
      await printJson(host, {
        file,
        routes: routes.map(({ place, answer, racers, later }) => ({
          place,
          ...answer,
          ...(racers.length > 0 && { racers }),
          knownLater: later,
        })),
        warnings,
      });
    } else if (routes.length + warnings.length === 0) {
      await host.stdout.write('The plan brings all its agents along: the registry is not asked.\n');
    } else {
      const style = createStyle(host.stdout.hasColours);
      const lines = routes.flatMap(({ place, answer, racers, later }) => [
        style.bold(place),
        ...[...(answer ? [answer] : []), ...racers].flatMap(answerLines),
        ...later.map((words) => `  ${words}`),
      ]);
      lines.push(...warnings.map(safeLine));
      await host.stdout.write(`${lines.join('\n')}\n`);
    }
    return isPossible ? exitCodes.succeeded : exitCodes.failed;
  });
}

/** Of the task that the path of an agent leads to, for a first attempt. */
function termsAt(plan: Plan, [, name = '', ...rest]: PlanPath): AttemptTerms | undefined {
  const task = plan.tasks[name];
  if (task?.work.kind === 'plan' && rest[0] === 'plan') return termsAt(task.work.plan, rest.slice(1));
  return task && attemptTerms(task, String(name), 1);
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
