import type { LoadedPlan, PlanStore } from '../../contracts/ports/plan-store';
import { OrchestraError } from '../../domain/errors';
import { isUnchanged, planChanges } from '../../domain/plan/plan-changes';
import { decide } from '../../domain/session/decide';
import type { EditRequested } from '../../domain/session/events';
import { refusedForVersion } from '../../domain/session/edit-rules';
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
  const { changed, settings } = changes;
  const edit = { outline: edited.index.outline, changed, settings };
  const { refusal } = decide(loaded.index, state, { ...event, edit }, turn.now);
  // The outline of an edit that is refused is nobody's business.
  return refusal === undefined ? edit : { refused: refusal };
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
