import type { SessionOverview } from '../../contracts/ports/session-catalog';
import type { SessionStatus, TaskStatus } from '../../domain/session/state';
import type { Style } from '../terminal/style';

/** `partially succeeded` for `partially_succeeded`. */
export function statusWords(status: SessionStatus): string {
  return status.replaceAll('_', ' ');
}

/** `3 of 8 tasks succeeded, 1 failed, 2 skipped` */
export function countWords({ progress }: Pick<SessionOverview, 'progress'>): string {
  const { total, succeeded } = progress;
  const others = (['failed', 'skipped', 'cancelled'] as const).filter((key) => progress[key] > 0);
  const tasks = total === 1 ? 'task' : 'tasks';
  return [`${succeeded} of ${total} ${tasks} succeeded`, ...others.map((key) => `${progress[key]} ${key}`)].join(', ');
}

const symbols: Record<TaskStatus, string> = {
  pending: '·',
  queued: '·',
  running: '▸',
  waiting: '…',
  succeeded: '✔',
  failed: '✖',
  skipped: '-',
  cancelled: '■',
};

/** The sign of a status in its colour; `spinner` stands in for running. */
export function statusSymbol(status: TaskStatus, style: Style, spinner = symbols.running): string {
  return colourOf(status, style)(status === 'running' ? spinner : symbols[status]);
}

export function colourOf(status: SessionStatus | TaskStatus, style: Style): (text: string) => string {
  switch (status) {
    case 'succeeded':
      return style.green;
    case 'failed':
      return style.red;
    case 'running':
      return style.cyan;
    case 'waiting':
    case 'paused':
    case 'cancelled':
    case 'partially_succeeded':
      return style.yellow;
    case 'pending':
    case 'queued':
    case 'skipped':
      return style.dim;
  }
}
