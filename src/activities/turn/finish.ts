import type { ArtifactStore } from '../../contracts/ports/artifact-store';
import type { TurnWrites } from '../../contracts/ports/turn-store';
import { OrchestraError } from '../../domain/errors';
import { renderTemplate } from '../../domain/expressions/render-template';
import { tasksInTemplates } from '../../domain/plan/task-references';
import { sessionError } from '../../domain/session/completion';
import type { SessionStatus } from '../../domain/session/state';
import type { Verdict } from '../../domain/verdict';
import type { TurnDraft } from './turn-draft';
import { turnScope } from './turn-scope';

/** What is kept of a session that has ended: its state, its outputs, its error, and the verdict its parent gets. */
export async function finishSession(
  draft: TurnDraft,
  artifacts: ArtifactStore,
): Promise<NonNullable<TurnWrites['end']>> {
  const { state } = draft;
  const status = state.ended?.status ?? 'failed';
  const outputs = await renderOutputs(draft, artifacts);
  const error = outputs.error ?? sessionError(draft.loaded.index, state);
  return {
    state,
    ...(outputs.hash !== undefined && { outputsHash: outputs.hash }),
    ...(error !== undefined && { error }),
    parentVerdict: parentVerdict(status),
  };
}

/** A plan that tolerates failures of its tasks has done its work when it ends with some of them. */
function parentVerdict(status: SessionStatus): Verdict {
  if (status === 'succeeded' || status === 'partially_succeeded') return 'succeeded';
  return status === 'cancelled' ? 'cancelled' : 'failed';
}

async function renderOutputs(draft: TurnDraft, artifacts: ArtifactStore): Promise<{ hash?: string; error?: string }> {
  const { outputs } = draft.loaded.plan;
  if (Object.keys(outputs).length === 0) return {};
  try {
    const scope = await turnScope(artifacts, draft, tasksInTemplates(outputs));
    return { hash: draft.turn.keep(renderTemplate(outputs, scope)) };
  } catch (error) {
    if (!(error instanceof OrchestraError)) throw error;
    return { error: `The outputs could not be made: ${error.message}` };
  }
}
