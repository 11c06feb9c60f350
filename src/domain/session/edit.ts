import { leaveLine } from './attempts';
import { carryOver } from './carry-over';
import type { Draft } from './draft';
import { budgetRefusals, hasBegun, refusalOf, sessionRefusals, settingRefusals, taskRefusals } from './edit-rules';
import type { EditRequested, PlanEdit } from './events';
import { indexOutline } from './outline';
import type { PlanIndex } from './outline';
import { considerAll } from './readiness';
import { wholeTask } from './run-key';
import { isInLine } from './state';

/** Goes on with an edited plan. Returns why it is refused, or nothing. */
export function editPlan(draft: Draft, event: EditRequested): string | undefined {
  const { edit, from, to, by } = event;
  const { state, index } = draft;
  if (!edit) return 'the plans were not read';
  if ('refused' in edit) return edit.refused;
  if (state.ended) return 'the session has ended';
  if (state.stopping === 'failed') return 'a task has failed, and the session ends: retry it first';
  if (state.stopping) return 'the session is being stopped';
  // Where the session runs the plan it was started with, the turn has compared the hashes.
  if (state.plan !== undefined && state.plan !== from) return 'the plan is another one by now';
  const after = indexOutline(edit.outline);
  const { added, removed } = comeAndGone(index, after);
  const refusal = refusalOf([
    ...settingRefusals(edit.settings),
    ...taskRefusals(
      { removed, changed: edit.changed },
      (task) => draft.state.tasks[draft.index.taskByName.get(task) ?? -1],
    ),
    ...budgetRefusals(index, state, edit.settings),
    ...sessionRefusals(index, state, after, draft.elapsed),
  ]);
  if (refusal !== undefined) return refusal;
  withdraw(draft, new Set([...removed, ...Object.keys(edit.changed)]));
  if (changesPlacesInLine(edit)) leaveLines(draft);
  draft.adopt(after, carryOver(index, after, draft.state, to));
  for (const task of added) draft.edit({ task: after.taskByName.get(task) ?? -1, item: wholeTask });
  const { changed, settings } = edit;
  draft.record({ type: 'plan-edited', from, to, ...(by !== undefined && { by }), added, removed, changed, settings });
  considerAll(draft);
  return undefined;
}

function comeAndGone(before: PlanIndex, after: PlanIndex): { added: string[]; removed: string[] } {
  const namesIn = (index: PlanIndex): string[] => index.outline.tasks.map(({ name }) => name);
  return {
    added: namesIn(after).filter((name) => !before.taskByName.has(name)),
    removed: namesIn(before).filter((name) => !after.taskByName.has(name)),
  };
}

/** Tasks that have not begun and are others now: they wait for their needs anew, and in no line. */
function withdraw(draft: Draft, tasks: ReadonlySet<string>): void {
  const { state, index } = draft;
  const withdrawn = new Set<number>();
  index.outline.tasks.forEach(({ name }, task) => {
    const run = draft.task(task);
    if (!tasks.has(name) || hasBegun(run)) return;
    withdrawn.add(task);
    if (run.status !== 'pending') delete draft.setStatus({ task, item: wholeTask }, 'pending').queuedAt;
  });
  state.queue = state.queue.filter(({ task }) => !withdrawn.has(task));
  state.toEvaluate = state.toEvaluate.filter((task) => !withdrawn.has(task));
}

/** Whether it says how many may wait, or for what, of tasks that are the same. */
function changesPlacesInLine({ settings }: PlanEdit): boolean {
  return settings.some((setting) => setting === 'concurrency' || setting === 'budget' || setting.startsWith('agents.'));
}

/** What waits in a line joins it again in the same turn, at its place, where it still has to wait. */
function leaveLines(draft: Draft): void {
  for (const ref of draft.openRuns()) if (isInLine(draft.run(ref))) leaveLine(draft, ref);
}
