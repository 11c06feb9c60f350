import type { RunOverview } from '../../contracts/ports/session-catalog';
import { wholeTask } from '../../domain/session/run-key';
import { groupItems } from './fan-outs';
import { reasonWords } from './reason-words';

/** Why a task did not succeed: its own error, or those of the first items or racers that failed; null where nothing went wrong. */
export function errorOfRun(task: RunOverview, items: readonly RunOverview[]): string | null {
  if (!['failed', 'cancelled', 'skipped'].includes(task.status) || task.reason === 'condition') return null;
  if (task.error !== null) return task.error;
  const failed = items.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return reasonWords(task.reason) ?? null;
  const shown = failed
    .slice(0, 3)
    .map(({ run, error, reason }) => `${run}: ${error ?? reasonWords(reason) ?? 'failed'}`);
  const more = failed.length > shown.length ? ` (and ${failed.length - shown.length} more)` : '';
  return `${failed.length} of ${items.length} ${task.isRace ? 'racers' : 'items'} failed: ${shown.join('; ')}${more}`;
}

/** The tasks that failed, in order, each with why. */
export function failedTasks(runs: readonly RunOverview[]): { task: RunOverview; error: string }[] {
  const itemsOf = groupItems(runs);
  return runs
    .filter((run) => run.item === wholeTask && run.status === 'failed')
    .map((task) => ({ task, error: errorOfRun(task, itemsOf.get(task.task) ?? []) ?? 'failed' }));
}
