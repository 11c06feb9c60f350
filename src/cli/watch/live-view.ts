import type { SessionOverview } from '../../contracts/ports/session-catalog';
import type { TaskStatus } from '../../domain/session/state';
import { formatElapsed } from '../../domain/duration';
import { agentWords } from '../report/agent-words';
import { etaWords } from '../report/eta-words';
import { partsWords } from '../report/fan-outs';
import { reasonWords, waitWords } from '../report/reason-words';
import { colourOf, statusSymbol, statusWords } from '../report/session-words';
import { displayWidth, fitWidth, padWidth } from '../terminal/display-width';
import { safeLine } from '../terminal/safe-text';
import type { Style } from '../terminal/style';
import type { TaskRow } from './task-rows';

export interface LiveState {
  overview: SessionOverview;
  tasks: readonly TaskRow[];
  /** Milliseconds since 1970. */
  now: number;
  /** What Ctrl-C does, a link, …: below the bar. */
  hints: readonly string[];
}

export interface LiveFrame {
  columns: number;
  rows: number;
  style: Style;
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const spinnerMs = 100;
const barColumns = 24;

/** The view of a session that fits a terminal: a line a task, then the bar. At most `rows` - 1 lines, none wider than the terminal. */
export function liveView(state: LiveState, frame: LiveFrame): string[] {
  const { overview, tasks } = state;
  const below = [
    ...etaLine(state, frame),
    barLine(state, frame),
    ...state.hints.map((hint) => frame.style.dim(fitWidth(hint, frame.columns))),
  ];
  // One line for the title, one for the cursor.
  const room = Math.max(1, frame.rows - 2 - below.length);
  const shown = chooseTasks(tasks, room);
  const nameColumns = Math.min(32, Math.max(0, ...shown.map(({ name }) => displayWidth(name))));
  const agentColumns = Math.min(20, Math.max(0, ...shown.map(({ agent }) => displayWidth(agentText(agent)))));
  const columns = { name: nameColumns, agent: agentColumns };
  const title = fitWidth(`${overview.id}  ${statusWords(overview.status)}`, frame.columns);
  return [
    frame.style.bold(title),
    ...shown.map((task) => taskLine(task, columns, state.now, frame)),
    ...(shown.length < tasks.length ? [restLine(tasks, shown, frame)] : []),
    ...below,
  ];
}

/** All in their order where they fit; otherwise first what moves, then what went wrong, then what was done last, one line kept for the rest. */
function chooseTasks(tasks: readonly TaskRow[], room: number): readonly TaskRow[] {
  if (tasks.length <= room) return tasks;
  const rank: Record<TaskStatus, number> = {
    running: 0,
    waiting: 1,
    failed: 2,
    queued: 3,
    succeeded: 4,
    cancelled: 5,
    skipped: 6,
    pending: 7,
  };
  const latestFirst = (left: TaskRow, right: TaskRow): number => (right.endedAt ?? 0) - (left.endedAt ?? 0);
  return [...tasks]
    .sort((left, right) => rank[left.status] - rank[right.status] || latestFirst(left, right))
    .slice(0, room - 1);
}

function restLine(tasks: readonly TaskRow[], shown: readonly TaskRow[], { columns, style }: LiveFrame): string {
  const visible = new Set(shown);
  const rest = tasks.filter((task) => !visible.has(task));
  const counts = new Map<TaskStatus, number>();
  for (const { status } of rest) counts.set(status, (counts.get(status) ?? 0) + 1);
  const words = [...counts].map(([status, count]) => `${count} ${status}`).join(', ');
  return style.dim(fitWidth(`  and ${rest.length} more: ${words}`, columns));
}

function taskLine(
  task: TaskRow,
  columns: { name: number; agent: number },
  now: number,
  { columns: width, style }: LiveFrame,
): string {
  const sign = statusSymbol(task.status, style, spinner[Math.floor(now / spinnerMs) % spinner.length]);
  const elapsed = task.startedAt === null ? '' : formatElapsed((task.endedAt ?? now) - task.startedAt);
  const agent = columns.agent === 0 ? '' : `  ${padWidth(agentText(task.agent), columns.agent)}`;
  const head = `${padWidth(task.name, columns.name)}${agent}  ${elapsed.padStart(7)}`;
  const room = width - 2;
  if (displayWidth(head) >= room) return `${sign} ${fitWidth(head, room)}`;
  const detail = fitWidth(details(task), room - displayWidth(head) - 2);
  const colour = task.status === 'failed' ? style.red : style.dim;
  const coloured = detail === '' ? '' : `  ${colour(detail)}`;
  return task.status === 'pending' || task.status === 'skipped'
    ? `${sign} ${style.dim(head)}${coloured}`
    : `${sign} ${head}${coloured}`;
}

function agentText(agent: string | null): string {
  return agent === null ? '' : safeLine(agentWords(agent));
}

function details({ status, reason, attempts, percent, message, error, items, isRace, waitsFor }: TaskRow): string {
  const isRunning = status === 'running';
  const parts = [
    items && partsWords(status, isRace, items),
    items && items.failed > 0 && `${items.failed} failed`,
    items && items.running > 0 && `${items.running} running`,
    attempts > 1 && (isRunning ? `attempt ${attempts}` : `${attempts} attempts`),
    isRunning && percent !== null && `${Math.round(percent)}%`,
    isRunning && message !== null && safeLine(message),
    waitsFor === null ? status === 'waiting' && waitWords(reason) : `waits: ${safeLine(waitsFor)}`,
    error !== null ? safeLine(error) : status === 'skipped' && reasonWords(reason),
  ];
  return parts.filter((part): part is string => typeof part === 'string' && part !== '').join(' · ');
}

/** Before the session ends, once anybody knows. */
function etaLine({ overview, now }: LiveState, { columns, style }: LiveFrame): string[] {
  const words = overview.endedAt === null ? etaWords(overview, now) : undefined;
  return words === undefined ? [] : [style.dim(fitWidth(safeLine(words), columns))];
}

function barLine({ overview, now }: LiveState, { columns, style }: LiveFrame): string {
  const { percent, total, succeeded, failed, skipped, cancelled } = overview.progress;
  const size = Math.min(barColumns, Math.max(0, columns - 40));
  const filled = Math.round((size * percent) / 100);
  const elapsed = overview.startedAt === null ? 0 : (overview.endedAt ?? now) - overview.startedAt;
  const ended = succeeded + failed + skipped + cancelled;
  const words = [
    `${Math.floor(percent)}%`,
    `${ended}/${total} tasks`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    formatElapsed(elapsed),
  ].join('  ');
  const bar = colourOf(overview.status, style)('━'.repeat(filled)) + style.dim('─'.repeat(size - filled));
  return size === 0 ? fitWidth(words, columns) : `${bar}  ${fitWidth(words, columns - size - 2)}`;
}
