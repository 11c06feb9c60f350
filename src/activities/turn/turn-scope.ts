import type { ArtifactStore } from '../../contracts/ports/artifact-store';
import type { AttemptKey } from '../../contracts/ports/turn-store';
import type { ExpressionScope } from '../../domain/expressions/expression-scope';
import type { JsonObject } from '../../domain/json';
import { taskResults } from '../../domain/plan/task-results';
import type { RunResult } from '../../domain/plan/task-results';
import { taskAt } from '../../domain/session/outline';
import { runKey, wholeTask } from '../../domain/session/run-key';
import type { TurnDraft } from './turn-draft';

/** What expressions see in the middle of a turn: the state so far, and the outputs of what has succeeded. */
export async function turnScope(
  artifacts: ArtifactStore,
  draft: TurnDraft,
  taskNames: readonly string[],
): Promise<ExpressionScope> {
  const { session } = draft.turn;
  const runs = await runResults(draft, taskNames);
  const hashes = runs.flatMap(({ outputHash }) => (outputHash === undefined ? [] : [outputHash]));
  const values = await artifacts.getJson(session.workspace, [session.inputsHash, ...hashes]);
  return {
    inputs: values.get(session.inputsHash) as JsonObject,
    tasks: taskResults(runs, values),
    session: { id: session.id },
    workspace: session.workspace,
  };
}

async function runResults(draft: TurnDraft, taskNames: readonly string[]): Promise<RunResult[]> {
  const { index } = draft.loaded;
  const refs = taskNames.flatMap((name) => {
    const task = index.taskByName.get(name);
    if (task === undefined) return [];
    const items = draft.state.tasks[task]?.items ?? [];
    return [{ task, item: wholeTask, name }, ...items.map((_, item) => ({ task, item, name }))];
  });
  const attempts = refs.flatMap((ref): AttemptKey[] => {
    const attempt = attemptOf(draft, ref);
    return attempt === undefined ? [] : [{ run: runKey(index, ref), attempt }];
  });
  const outcomes = new Map((await draft.turn.outcomes(attempts)).map((outcome) => [outcome.run, outcome]));
  return refs.map((ref) => {
    const key = runKey(index, ref);
    const outcome = outcomes.get(key);
    const task = draft.state.tasks[ref.task];
    const run = ref.item === wholeTask ? task : task?.items?.[ref.item];
    return {
      task: ref.name,
      item: ref.item,
      items: ref.item === wholeTask ? (task?.items?.length ?? null) : null,
      isRace: taskAt(index, ref.task).race !== undefined,
      status: run?.status ?? 'pending',
      outputHash: outcome?.verdict === 'succeeded' ? outcome.outputHash : undefined,
      error: draft.errors.get(key) ?? outcome?.error ?? null,
    };
  });
}

function attemptOf(draft: TurnDraft, { task, item }: { task: number; item: number }): number | undefined {
  const state = draft.state.tasks[task];
  return item === wholeTask ? state?.attempt : state?.items?.[item]?.attempt;
}
