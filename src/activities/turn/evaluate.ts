import type { ArtifactStore } from '../../contracts/ports/artifact-store';
import { compileCondition, evaluateCondition } from '../../domain/expressions/condition';
import type { ExpressionScope } from '../../domain/expressions/expression-scope';
import { renderTemplate } from '../../domain/expressions/render-template';
import { OrchestraError } from '../../domain/errors';
import type { Task } from '../../domain/plan/plan';
import { tasksInDecision } from '../../domain/plan/task-references';
import type { Decision } from '../../domain/session/events';
import { hasRoomForItems } from '../../domain/session/fan-out';
import { maxRunsPerSession, taskAt } from '../../domain/session/outline';
import { wholeTask } from '../../domain/session/run-key';
import type { TurnDraft } from './turn-draft';
import { turnScope } from './turn-scope';

/** Decides for every task whose needs are met whether its condition holds and over how many items it fans out. */
export async function evaluateTasks(draft: TurnDraft, artifacts: ArtifactStore): Promise<void> {
  for (let [task] = draft.state.toEvaluate; task !== undefined; [task] = draft.state.toEvaluate) {
    draft.apply(await evaluateTask(draft, artifacts, task));
  }
}

async function evaluateTask(draft: TurnDraft, artifacts: ArtifactStore, index: number): Promise<Decision> {
  const { name } = taskAt(draft.loaded.index, index);
  const task = draft.loaded.plan.tasks[name];
  if (!task) throw new RangeError(`no task "${name}" in plan ${draft.loaded.hash}`);
  try {
    const scope = await turnScope(artifacts, draft, tasksInDecision(task));
    if (task.condition !== undefined && !evaluateCondition(compileCondition(task.condition), scope))
      return ['skip', index];
    if (task.forEach === undefined) return ['ready', index];
    return ['expand', index, countItems(draft, name, task, scope)];
  } catch (error) {
    if (!(error instanceof OrchestraError)) throw error;
    draft.errors.set(name, error.message);
    return ['reject', index, wholeTask];
  }
}

function countItems(draft: TurnDraft, name: string, task: Task, scope: ExpressionScope): number {
  const list = renderTemplate(task.forEach ?? null, scope);
  if (!Array.isArray(list)) {
    throw new OrchestraError(
      'EXPRESSION_INVALID',
      `forEach of task "${name}" came to ${describe(list)}, not to a list.`,
    );
  }
  if (hasRoomForItems(draft.loaded.index, draft.state, list.length)) return list.length;
  throw new OrchestraError(
    'EXPRESSION_INVALID',
    `forEach of task "${name}" has ${list.length} items, with which the session would pass its limit of ${maxRunsPerSession} runs. ` +
      'Let each item do more, or fan out in sub-plans.',
  );
}

function describe(value: unknown): string {
  return value === null ? 'null' : `a value of type ${typeof value}`;
}
