import type { PlanIndex } from '../session/outline';
import { taskAt } from '../session/outline';
import { runKey, wholeTask } from '../session/run-key';
import type { RunState, SessionState } from '../session/state';
import { hasEnded } from '../session/state';
import type { SessionEvidence, TaskEvidence } from './evidence';
import { fewestSamples } from './measured-durations';

/** A task whose condition held in fewer sessions than this may be as yet unmeasured: it will hardly be done this time. */
const hardlyEver = 0.1;

export const pausedReason = 'the session is paused';
const notEnoughData = 'not enough data yet';

/** Whether more sessions will change it, and not what this one does next. */
export function isOfData(reason: string): boolean {
  return reason.startsWith(notEnoughData);
}

/** Why nobody can say when the session will have ended, in words; undefined where it can be said. */
export function whyUnknown(index: PlanIndex, state: SessionState, evidence: SessionEvidence): string | undefined {
  if (state.ended) return 'the session has ended';
  if (state.paused) return pausedReason;
  if (state.stopping && state.stopping !== 'failed') return 'the session is being stopped';
  return whoWaits(index, state) ?? whatIsNotMeasured(index, state, evidence);
}

/** When a person will answer, or others will be done with what they have, is in no measurement. */
function whoWaits(index: PlanIndex, state: SessionState): string | undefined {
  const waits = ({ status, reason }: RunState): boolean =>
    status === 'waiting' && (reason === 'budget' || reason === 'conflict');
  for (const [task, whole] of state.tasks.entries()) {
    if (hasEnded(whole)) continue;
    const item = whole.items?.findIndex(waits) ?? wholeTask;
    const run = item === wholeTask ? whole : whole.items?.[item];
    if (!run || !waits(run)) continue;
    const forWhat = run.reason === 'budget' ? 'room in a budget' : 'resources that others have';
    return `${runKey(index, { task, item })} waits for ${forWhat}`;
  }
  return undefined;
}

function whatIsNotMeasured(index: PlanIndex, state: SessionState, { tasks }: SessionEvidence): string | undefined {
  const open = state.tasks.flatMap((task, at) => (hasEnded(task) ? [] : [at]));
  const isMeasured = (task: number): boolean => (tasks[task]?.durations.count ?? 0) >= fewestSamples;
  const unmeasured = open.filter((task) => !isMeasured(task) && !mayBeLeftOut(state.tasks[task], tasks[task]));
  const [first, ...others] = unmeasured;
  if (first !== undefined) {
    const more = others.length === 0 ? '' : `, nor of ${others.length} other${others.length === 1 ? '' : 's'}`;
    return `${notEnoughData}: fewer than ${fewestSamples} successes of ${taskAt(index, first).name} are measured${more}`;
  }
  const unlisted = open.find(
    (task) => taskAt(index, task).forEach && !state.tasks[task]?.items && (tasks[task]?.items ?? []).length === 0,
  );
  if (unlisted === undefined) return undefined;
  return `${notEnoughData}: how many items ${taskAt(index, unlisted).name} will have is not known from any earlier session`;
}

/** What has begun must be measured, and so must all that is likely to. */
function mayBeLeftOut(state: RunState | undefined, evidence: TaskEvidence | undefined): boolean {
  if (state?.status !== 'pending' || !evidence?.conditions) return false;
  const { held, failed } = evidence.conditions;
  return (held + 1) / (held + failed + 2) < hardlyEver;
}
