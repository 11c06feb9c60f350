import { endWholeRun } from './attempts';
import type { Draft } from './draft';
import { dequeue } from './queue';
import { endFanOutWhenDone, endRun } from './readiness';
import type { RunRef } from './run-key';
import { parseRunKey, wholeTask } from './run-key';
import { findRun, hasEnded } from './state';
import { stopAttempt } from './stop-attempt';

/**
 * Cancels one run, while the session goes on: what is in flight is told to stop, what waits ends at once; of a fan-out or a race, all of it that
 * has not ended. Who needs it is skipped. Returns why it is refused, or nothing.
 */
export function cancelTask(draft: Draft, key: string, reason: string | undefined): string | undefined {
  const { state, index } = draft;
  if (state.ended) return 'the session has ended';
  if (state.stopping && state.stopping !== 'failed') return 'the session is being stopped';
  const ref = parseRunKey(index, key);
  const run = ref && findRun(state, ref);
  if (!ref || !run) return `the session has no task "${key}"`;
  if (hasEnded(run)) return `task "${key}" has ended; it is ${run.status}`;
  const open = openRunsOf(draft, ref);
  // Told already: asking again changes nothing.
  if (open.length === 0) return undefined;
  draft.record({ type: 'task-stopping', run: draft.key(ref), reason: reason ?? 'cancelled' });
  for (const one of open) {
    if (draft.run(one).status === 'running') stopAttempt(draft, one, 'cancel');
    else {
      dequeue(draft, one);
      // The whole ends once, after all its parts.
      if (one === ref) endWholeRun(draft, one, 'cancelled', 'cancelled');
      else endRun(draft, one, 'cancelled', 'cancelled');
    }
  }
  if (open[0] !== ref) endFanOutWhenDone(draft, ref.task);
  return undefined;
}

/** The run, or the items of it, that have not ended and were not told to stop for good. */
function openRunsOf(draft: Draft, ref: RunRef): RunRef[] {
  const items = ref.item === wholeTask ? draft.task(ref.task).items : undefined;
  const runs = items ? items.map((_, item) => ({ task: ref.task, item })) : [ref];
  return runs.filter((one) => {
    const run = draft.run(one);
    return !hasEnded(run) && run.stop !== 'cancel' && run.stop !== 'race-lost';
  });
}
