import type { StoredOutcome } from '../../contracts/ports/routing-reader';
import type { RunOverview } from '../../contracts/ports/session-catalog';
import { agentRef } from '../../domain/agents/agent-ref';
import { splitRunKey, wholeTask } from '../../domain/session/run-key';
import { taskNotFound } from '../../domain/session/task-not-found';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { agentWords } from '../report/agent-words';
import { assignmentLines } from '../report/assignment-words';
import { exampleReport, outlookLines } from '../report/outlook-words';
import { formatDate } from '../terminal/format-time';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import type { OutputFormat } from './command';
import { noOutlook, outlookOf } from './outlook';
import { printJson } from './print-json';
import { withSession } from './with-session';

export function explainTask(
  host: CommandLineHost,
  folder: DataFolder,
  id: string,
  task: string,
  output: OutputFormat,
): Promise<number> {
  return withSession(host, folder, id, async (session, installation) => {
    const { routing, workspace } = installation;
    const runs = await session.runs();
    const run = runs.find((one) => one.run === task);
    if (!run) throw taskNotFound(session.id, task, new Set(runs.map((one) => one.task)));
    const { name, item } = splitRunKey(task);
    const all = await routing.assignments(workspace, session.id, name);
    const found = item === wholeTask ? all : all.filter((one) => one.run === task);
    const [first] = found;
    const planned = first && (await session.plan()).plan.tasks[name];
    const outcomes = await routing.outcomes(workspace, session.id, name);
    const attempts = item === wholeTask ? outcomes : outcomes.filter((one) => one.run === task);
    const outlook =
      first && planned
        ? await outlookOf(installation, { name, task: planned }, first.assignment, {
            session: session.id,
            before: first.at,
          })
        : noOutlook;
    if (output === 'json') {
      const assignments = found.map(({ at, ...one }) => ({ ...one, at: new Date(at).toISOString() }));
      const { risks: taskRisks, examples } = outlook;
      await printJson(host, {
        ...{ session: session.id, task, status: run.status, waitsFor: run.waitsFor },
        ...{ assignments, taskRisks, examples: examples.map(exampleReport) },
        attempts: attempts.map(({ work, ...one }) => ({ ...one, ...unknownWork, ...work })),
      });
      return exitCodes.succeeded;
    }
    const style = createStyle(host.stdout.hasColours);
    const lines = found.flatMap(({ run: of, attempt, at, assignment }) => [
      style.dim(`${of}, attempt ${attempt}, ${formatDate(at)}`),
      ...assignmentLines(assignment),
    ]);
    lines.push(...outlookLines(outlook, workspace), ...raceLines(run, runs));
    if (run.waitsFor !== null) lines.push(`It waits: ${safeLine(run.waitsFor)}`);
    if (lines.length === 0) lines.push('No agent of the registry has worked on it: the plan itself names its agent.');
    lines.push(...attempts.flatMap((one) => handoffLines(one, workspace)));
    await host.stdout.write(`${lines.join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

const unknownWork = { tools: null, filesChanged: null, messages: null };

/** Whose results an attempt was given. */
function handoffLines({ run, attempt, handoffs }: StoredOutcome, workspace: string): string[] {
  if (!handoffs || handoffs.length === 0) return [];
  const givers = handoffs.map((one) => {
    const { workspace: registry, agent } = one;
    const who = registry === null ? agentWords(agent) : agentRef({ workspace: registry, name: agent }, workspace);
    return `${one.run} (${safeLine(who)}, attempt ${one.attempt})`;
  });
  return [`${run}, attempt ${attempt}, went on from ${givers.join(', ')}.`];
}

/** Who won the race, and which racers there were no agents for. */
function raceLines({ task, isRace }: RunOverview, runs: readonly RunOverview[]): string[] {
  if (!isRace) return [];
  const racers = runs.filter((one) => one.task === task && one.item !== wholeTask);
  const winner = racers.find(({ status }) => status === 'succeeded');
  return [
    ...(winner
      ? [`${winner.agent === null ? 'Its agent' : agentWords(winner.agent)} was first, as ${winner.run}.`]
      : []),
    ...racers
      .filter(({ reason }) => reason === 'no-other-agent')
      .map(({ run }) => `${run} was left out: there was no other agent for it.`),
  ];
}
