import { join } from 'node:path';
import type { ArtifactStore } from '../../contracts/ports/artifact-store';
import type { ChildSession, NewLease } from '../../contracts/ports/turn-store';
import { childSessionId } from '../../contracts/protocol/ids';
import { OrchestraError } from '../../domain/errors';
import { renderTemplate } from '../../domain/expressions/render-template';
import type { JsonObject } from '../../domain/json';
import { validateInputs } from '../../domain/plan/input-values';
import type { PlanWork, Task } from '../../domain/plan/plan';
import { withItem } from '../../domain/plan/item-scope';
import { tasksInTemplates } from '../../domain/plan/task-references';
import { maxStartsPerTurn, noAgent, taskAt } from '../../domain/session/outline';
import { startable } from '../../domain/session/queue';
import type { Startable } from '../../domain/session/queue';
import { runKey } from '../../domain/session/run-key';
import type { TurnDraft } from './turn-draft';
import { turnScope } from './turn-scope';

/** The child sessions of a turn, with the inputs they were rendered. */
type PreparedChild = Omit<ChildSession, 'token'>;

/** Gives every run that may start an agent, a lease and a reservation; prepares child sessions. Returns those. */
export async function assignRuns(
  draft: TurnDraft,
  artifacts: ArtifactStore,
  alreadyStarted: number,
): Promise<ChildSession[]> {
  const wanted = startable(draft.loaded.index, draft.state).slice(0, maxStartsPerTurn - alreadyStarted);
  const prepared = new Map<string, PreparedChild>();
  const accepted: Startable[] = [];
  for (const start of wanted) {
    if (start.agent !== noAgent) {
      accepted.push(start);
      continue;
    }
    const child = await prepareChild(draft, artifacts, start);
    if (!child) continue;
    accepted.push(start);
    prepared.set(child.run, child);
  }
  const leases = await draft.turn.takeLeases(accepted.map((start) => leaseFor(draft, start)));
  accepted.forEach(({ task, item, attempt, agent }, at) => {
    const { token, adopted } = leases[at] ?? { token: 0, adopted: false };
    draft.apply(
      adopted ? ['start', task, item, attempt, agent, token, 1] : ['start', task, item, attempt, agent, token],
    );
  });
  return accepted.flatMap((start, at) => {
    const child = prepared.get(runKey(draft.loaded.index, start));
    return child ? [{ ...child, token: leases[at]?.token ?? 0 }] : [];
  });
}

function leaseFor(draft: TurnDraft, start: Startable): NewLease {
  const isChild = start.agent === noAgent;
  return {
    run: runKey(draft.loaded.index, start),
    attempt: start.attempt,
    agent: draft.loaded.index.outline.agents[start.agent]?.name ?? 'session',
    grantMs: isChild ? null : draft.turn.session.settings.grantMs,
  };
}

/** Undefined where the inputs of the sub-plan cannot be rendered: the run has failed then. */
async function prepareChild(
  draft: TurnDraft,
  artifacts: ArtifactStore,
  start: Startable,
): Promise<PreparedChild | undefined> {
  const { session } = draft.turn;
  const { name } = taskAt(draft.loaded.index, start.task);
  const run = runKey(draft.loaded.index, start);
  const task = draft.loaded.plan.tasks[name];
  if (task?.work.kind !== 'plan') throw new RangeError(`task "${name}" of plan ${draft.loaded.hash} has no sub-plan`);
  const { work } = task;
  try {
    const inputs = validateInputs(work.plan, await renderInputs(draft, artifacts, task, work, start.item));
    return {
      id: childSessionId(session.id, { name, item: start.item }, start.attempt),
      planName: work.plan.name,
      planHash: work.planHash,
      inputsHash: await artifacts.putJson(session.workspace, inputs),
      baseDirectory: join(session.baseDirectory, work.directory),
      run,
      attempt: start.attempt,
    };
  } catch (error) {
    if (!(error instanceof OrchestraError)) throw error;
    draft.errors.set(run, error.message);
    draft.apply(['reject', start.task, start.item]);
    return undefined;
  }
}

async function renderInputs(
  draft: TurnDraft,
  artifacts: ArtifactStore,
  task: Task,
  work: PlanWork,
  item: number,
): Promise<JsonObject> {
  const scope = await turnScope(artifacts, draft, tasksInTemplates(work.inputs, task.forEach));
  return renderTemplate(work.inputs, withItem(scope, task, item)) as JsonObject;
}
