import type { LoadedPlan, PlanStore } from '../../contracts/ports/plan-store';
import { OrchestraError } from '../../domain/errors';
import { isUnchanged, planChanges } from '../../domain/plan/plan-changes';
import { decide } from '../../domain/session/decide';
import type { EditRequested } from '../../domain/session/events';
import { hasBegun, refusalOf, refusedForVersion } from '../../domain/session/edit-rules';
import { taskState } from '../../domain/session/state';
import type { TurnDraft } from './turn-draft';

/** What the edit does to the session as it is now, or why it cannot be. The workflow, which has no plans, decides with just this. */
export async function readEdit(
  { loaded, state, turn }: TurnDraft,
  plans: PlanStore,
  event: EditRequested,
): Promise<NonNullable<EditRequested['edit']>> {
  const { from, to } = event;
  if (from !== loaded.hash) return { refused: refusedForVersion(from, loaded.hash) };
  const edited = await loadEdited(plans, turn.session.workspace, to);
  if ('refused' in edited) return edited;
  const changes = planChanges(loaded.plan, edited.plan);
  if (isUnchanged(changes)) return { refused: 'the edit changes nothing' };
  const { added, changed, settings } = changes;
  const edit = { outline: edited.index.outline, changed, settings };
  const { refusal } = decide(loaded.index, state, { ...event, edit }, turn.now);
  if (refusal !== undefined) return { refused: refusal };
  // Their attempts would be answered with what came of tasks that said something else.
  const isOpen = (task: string): boolean => !hasBegun(taskState(state, loaded.index.taskByName.get(task) ?? -1));
  const tried = await turn.triedInLeftBranch([...added, ...Object.keys(changed).filter(isOpen)], event.id);
  return tried.length === 0 ? edit : { refused: refusalOf(tried.map(triedWords)) ?? '' };
}

function triedWords(task: string): string {
  return `task "${task}" was begun before the workflow was reset, and what came of it stands: give the edited one another name`;
}

async function loadEdited(
  plans: PlanStore,
  workspace: string,
  hash: string,
): Promise<LoadedPlan | { refused: string }> {
  try {
    return await plans.load(workspace, hash);
  } catch (error) {
    if (error instanceof OrchestraError && error.code.startsWith('PLAN_')) return { refused: error.message };
    throw error;
  }
}
