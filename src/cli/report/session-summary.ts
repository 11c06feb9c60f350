import type { RunOverview, SessionOverview } from '../../contracts/ports/session-catalog';
import { clipText } from '../../domain/clip-text';
import type { Json } from '../../domain/json';
import { formatElapsed } from '../../domain/duration';
import { safeLine, safeText } from '../terminal/safe-text';
import type { Style } from '../terminal/style';
import { agentWords } from './agent-words';
import { failedTasks } from './failed-runs';
import { colourOf, countWords, statusSymbol, statusWords } from './session-words';

/** Failures that are listed one by one. */
const maxFailures = 10;
/** Characters of one output; `-o json` has all of it. */
const maxOutputLength = 2_000;

/** How a session ended: status, failures, outputs. `runs` may be left out where nothing failed. */
export function sessionSummary(overview: SessionOverview, runs: readonly RunOverview[], style: Style): string[] {
  const { id, status, startedAt, endedAt } = overview;
  const took = startedAt !== null && endedAt !== null ? ` in ${formatElapsed(endedAt - startedAt)}` : '';
  const symbol = statusSymbol(status === 'succeeded' || status === 'cancelled' ? status : 'failed', style);
  const failed = failedTasks(runs);
  return [
    `${symbol} ${style.bold(id)} ${colourOf(status, style)(statusWords(status))}${took}: ${countWords(overview)}`,
    ...failed.slice(0, maxFailures).flatMap(({ task, error }) => failureLines(task, error, style)),
    ...(failed.length > maxFailures ? [`  and ${failed.length - maxFailures} more failed`] : []),
    ...(overview.error !== null && failed.length === 0 ? [`  ${safeLine(overview.error)}`] : []),
    ...outputLines(overview, style),
  ];
}

function failureLines(task: RunOverview, error: string, style: Style): string[] {
  const tried = task.attempts > 1 ? `, ${task.attempts} attempts` : '';
  const who = task.agent === null ? '' : ` (${safeLine(agentWords(task.agent))}${tried})`;
  const [first = '', ...more] = safeText(error).trim().split('\n');
  return [`  ${style.red('✖')} ${task.task}${who}: ${first}`, ...more.map((line) => `    ${line}`)];
}

export function outputLines({ outputs }: Pick<SessionOverview, 'outputs'>, style: Style): string[] {
  if (outputs === null || Object.keys(outputs).length === 0) return [];
  return [
    '',
    style.bold('Outputs'),
    ...Object.entries(outputs).flatMap(([name, value]) => outputLine(name, value, style)),
  ];
}

function outputLine(name: string, value: Json, style: Style): string[] {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  const lines = safeText(clipText(text, maxOutputLength)).trimEnd().split('\n');
  const label = style.cyan(`${safeLine(name)}:`);
  if (lines.length === 1) return [`  ${label} ${lines[0] ?? ''}`];
  return [`  ${label}`, ...lines.map((line) => `    ${line}`)];
}
