import type { Draft } from './draft';
import type { RunRef } from './run-key';
import type { StopIntent } from './state';

/** An intent replaces only a weaker one. */
const strength: Record<StopIntent, number> = {
  requeue: 1,
  'attempt-timeout': 2,
  'task-timeout': 3,
  cancel: 4,
  'race-lost': 5,
};

/** Tells the attempt in flight to stop. */
export function stopAttempt(draft: Draft, ref: RunRef, intent: StopIntent): void {
  const run = draft.run(ref);
  if (run.status !== 'running' || run.attempt === undefined) return;
  if (run.stop !== undefined && strength[run.stop] >= strength[intent]) return;
  const alreadyTold = run.stop !== undefined;
  const changed = draft.edit(ref);
  changed.stop = intent;
  delete changed.attemptDeadlineAt;
  const key = draft.key(ref);
  draft.record({ type: 'attempt-stopping', run: key, attempt: run.attempt, reason: intent });
  if (alreadyTold) return;
  if (run.agent === undefined) draft.emit({ type: 'tell-child', run: key, attempt: run.attempt, tell: 'cancel' });
  else draft.emit({ type: 'stop-attempt', run: key, attempt: run.attempt });
}
