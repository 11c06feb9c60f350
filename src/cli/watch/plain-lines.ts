import type { LogRow } from '../../contracts/ports/session-catalog';
import { clipText } from '../../domain/clip-text';
import { splitRunKey, wholeTask } from '../../domain/session/run-key';
import type { PlanChanges } from '../../domain/plan/plan-changes';
import { formatElapsed } from '../../domain/duration';
import { agentWords } from '../report/agent-words';
import { planChangeWords } from '../report/plan-change-words';
import { reasonWords, waitWords } from '../report/reason-words';
import { safeLine } from '../terminal/safe-text';

/** Characters of an error in a line; the summary has all of it. */
const maxErrorLength = 300;

/** Turns a session's log into lines: one for each event that matters, with the time since the session started. */
export class PlainLines {
  private startedAt: number | undefined;
  /** What the attempt that ended last came to, until the log says what follows from it. */
  private readonly failures = new Map<string, LogRow>();
  private readonly items = new Map<string, { total: number; succeeded: number }>();
  private readonly races = new Set<string>();

  /** The line of an event; undefined where it says nothing to a reader. Call it once for each event, in order. */
  next(row: LogRow): string | undefined {
    this.startedAt ??= row.at;
    const words = row.run === null ? sessionWords(row) : this.runWords(row.run, row);
    if (words === undefined) return undefined;
    return `${formatElapsed(row.at - this.startedAt).padStart(7)}  ${safeLine(words)}`;
  }

  private runWords(run: string, row: LogRow): string | undefined {
    const { name, item } = splitRunKey(run);
    // There are few racers, and each counts.
    const isItem = item !== wholeTask && !this.races.has(name);
    switch (row.type) {
      case 'attempt-started':
        return isItem ? undefined : `${run}: ${startWords(row)}`;
      case 'attempt-ended':
        if (row.data['verdict'] !== 'succeeded') this.failures.set(run, row);
        return undefined;
      case 'task-expanded':
        this.items.set(name, { total: Number(row.data['items']), succeeded: 0 });
        return `${run}: ${Number(row.data['items'])} items`;
      case 'race-started':
        this.races.add(name);
        return `${run}: race of ${Number(row.data['racers'])} agents`;
      case 'race-won':
        return `${run}: ${agentWords(text(row, 'agent') ?? 'an agent')} was first`;
      case 'task-succeeded':
        return item !== wholeTask && this.races.has(name)
          ? undefined
          : isItem
            ? this.itemSucceeded(name)
            : `${run}: succeeded`;
      case 'conflict-resolved':
        return `${run}: goes ahead in spite of the conflict`;
      case 'task-waiting': {
        const { untilMs } = row.data;
        const failure = this.takeFailure(run);
        if (typeof untilMs === 'number') {
          return `${run}: ${attemptWords(failure, `, next in ${formatElapsed(untilMs - row.at)}`)}`;
        }
        if (isItem && !failure) return undefined;
        const waitsFor = text(row, 'waitsFor');
        const words = waitsFor === null ? waitWords(text(row, 'reason')) : `waits for ${waitsFor}`;
        return `${run}: ${failure ? attemptWords(failure, `, ${words}`) : words}`;
      }
      case 'task-queued': {
        // After a failure: another agent has it, or the attempt did not count.
        const failure = this.takeFailure(run);
        return failure && `${run}: ${attemptWords(failure, '')}`;
      }
      case 'task-failed':
        return `${run}: ${endWords(this.takeFailure(run), text(row, 'reason'))}`;
      case 'task-skipped':
      case 'task-cancelled': {
        this.failures.delete(run);
        if (isItem) return undefined;
        const reason = reasonWords(text(row, 'reason'));
        return `${run}: ${row.type.slice('task-'.length)}${reason === undefined ? '' : ` (${reason})`}`;
      }
      case 'task-stopping':
        return `${run}: is being cancelled (${clipText(text(row, 'reason') ?? 'cancelled', maxErrorLength)})`;
      case 'task-reset':
        return isItem ? undefined : `${run}: is tried again`;
      case 'attempt-stopping':
        return isItem
          ? undefined
          : `${run}: attempt ${row.attempt ?? 1} is being stopped${stopWords(text(row, 'reason'))}`;
      default:
        return undefined;
    }
  }

  /** A line at about every tenth of the items. */
  private itemSucceeded(task: string): string | undefined {
    const items = this.items.get(task);
    if (!items) return undefined;
    items.succeeded++;
    const isMark = items.succeeded % Math.ceil(items.total / 10) === 0 && items.succeeded < items.total;
    return isMark ? `${task}: ${items.succeeded} of ${items.total} items succeeded` : undefined;
  }

  private takeFailure(run: string): LogRow | undefined {
    const failure = this.failures.get(run);
    this.failures.delete(run);
    return failure;
  }
}

function sessionWords(row: LogRow): string | undefined {
  const reason = text(row, 'reason');
  const because = reason === null || reason === 'requested' ? '' : ` (${reason})`;
  switch (row.type) {
    case 'session-started':
    case 'session-paused':
    case 'session-resumed':
    case 'session-reopened':
      return `session ${row.type.slice('session-'.length)}${because}`;
    case 'session-stopping':
      return `session is stopping${because}`;
    case 'plan-edited':
      return `plan edited by ${text(row, 'by') ?? 'somebody'}: ${planChangeWords(row.data as unknown as PlanChanges)}`;
    case 'session-ended':
      return `session ${(text(row, 'status') ?? 'ended').replaceAll('_', ' ')}`;
    default:
      return undefined;
  }
}

function startWords({ attempt, data }: LogRow): string {
  const agent = typeof data['agent'] === 'string' ? agentWords(data['agent']) : 'an agent';
  return `started on ${agent}${(attempt ?? 1) > 1 ? `, attempt ${attempt}` : ''}`;
}

const verdictWords: Record<string, string> = {
  failed: 'failed',
  rate_limited: 'met a rate limit',
  contradictory: 'contradicts itself',
  cancelled: 'was stopped',
  timed_out: 'timed out',
  lost: 'was lost with its worker',
  unstarted: 'was taken by no worker',
};

/** `attempt 2 timed out, next in 3s: …` */
function attemptWords(failure: LogRow | undefined, next: string): string {
  if (!failure) return `waits${next}`;
  const verdict = text(failure, 'verdict') ?? 'failed';
  return `attempt ${failure.attempt ?? 1} ${verdictWords[verdict] ?? verdict}${next}${errorWords(failure)}`;
}

/** `failed after 2 attempts: …` */
function endWords(failure: LogRow | undefined, reason: string | null): string {
  const because = reasonWords(reason);
  if (!failure) return `failed${because === undefined ? '' : ` (${because})`}`;
  if (text(failure, 'verdict') !== 'failed') return `failed: ${attemptWords(failure, '')}`;
  const tries = failure.attempt ?? 1;
  return `failed${tries > 1 ? ` after ${tries} attempts` : ''}${errorWords(failure)}`;
}

const stopReasons: Record<string, string> = {
  requeue: ' for the pause, to run again after it',
  'task-timeout': ', its task ran into its taskTimeout',
  'attempt-timeout': ', it ran into its timeout',
  'race-lost': ', another agent was first',
};

function stopWords(reason: string | null): string {
  return stopReasons[reason ?? ''] ?? '';
}

function errorWords(row: LogRow): string {
  const error = text(row, 'error');
  return error === null ? '' : `: ${clipText(error, maxErrorLength)}`;
}

function text({ data }: LogRow, key: string): string | null {
  const value = data[key];
  return typeof value === 'string' ? value : null;
}
