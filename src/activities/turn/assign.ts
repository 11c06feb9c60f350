import { join } from 'node:path';
import type { AgentDirectory } from '../../contracts/ports/agent-directory';
import type { ArtifactStore } from '../../contracts/ports/artifact-store';
import type { ChildSession } from '../../contracts/ports/turn-store';
import { childSessionId } from '../../contracts/protocol/ids';
import { agentRef } from '../../domain/agents/agent-ref';
import { OrchestraError } from '../../domain/errors';
import { renderTemplate } from '../../domain/expressions/render-template';
import type { JsonObject } from '../../domain/json';
import { validateInputs } from '../../domain/plan/input-values';
import type { PlanWork, Task } from '../../domain/plan/plan';
import { withItem } from '../../domain/plan/item-scope';
import { tasksInTemplates } from '../../domain/plan/task-references';
import { maxStartsPerTurn, noAgent, registryAgent, taskAt } from '../../domain/session/outline';
import { startable } from '../../domain/session/queue';
import type { Startable } from '../../domain/session/queue';
import { runKey } from '../../domain/session/run-key';
import { findRun } from '../../domain/session/state';
import { admitAttempts } from './admit-attempts';
import type { Candidate } from './admit-attempts';
import { reservationOf } from './budget-scope';
import { clearConflicts } from './conflicts';
import { routeRuns } from './route';
import type { TurnDraft } from './turn-draft';
import { turnScope } from './turn-scope';

export interface AssignmentSources {
  artifacts: ArtifactStore;
  directory: AgentDirectory;
  /** Hears how long it took to find agents of the registry, in seconds. */
  routed?(seconds: number): void;
}

/** The child sessions of a turn, with the inputs they were rendered. */
type PreparedChild = Omit<ChildSession, 'token'>;

/** Gives every run that may start an agent, a reservation and a lease, or a place in the line; prepares child sessions. Returns those. */
export async function assignRuns(
  draft: TurnDraft,
  { artifacts, directory, routed: tellRouted }: AssignmentSources,
  alreadyStarted: number,
): Promise<ChildSession[]> {
  const first = startable(draft.loaded.index, draft.state).slice(0, maxStartsPerTurn - alreadyStarted);
  const { starts: wanted, holds, approvals } = await clearConflicts(draft, artifacts, first);
  const prepared = new Map<string, PreparedChild>();
  for (const start of wanted) {
    const child = start.agent === noAgent ? await prepareChild(draft, artifacts, start) : undefined;
    if (child) prepared.set(child.run, child);
  }
  // What was refused its resources, or cannot be prepared as a child session, has failed, and may have ended others with it.
  const ready = wanted.filter((start) => findRun(draft.state, start)?.status === 'queued');
  const seekers = ready.filter(({ agent }) => agent === registryAgent);
  const routingFrom = performance.now();
  const routed = await routeRuns(draft, directory, seekers);
  if (seekers.length > 0) tellRouted?.((performance.now() - routingFrom) / 1_000);
  draft.holdsRooms ||= routed.size > 0;
  const candidates = ready.flatMap((start): Candidate[] => {
    const run = runKey(draft.loaded.index, start);
    if (findRun(draft.state, start)?.status !== 'queued') {
      // A race has failed while agents were looked for, and the session with it.
      draft.forgetAssignment(run);
      return [];
    }
    const { attempt } = start;
    const { workspace, settings } = draft.turn.session;
    const { grantMs } = settings;
    if (start.agent === noAgent)
      return [{ start, agent: noAgent, lease: { run, attempt, agent: 'session', grantMs: null, ...holds.get(run) } }];
    if (start.agent !== registryAgent) {
      const agent = draft.loaded.index.outline.agents[start.agent]?.name ?? '';
      const rates = draft.loaded.plan.agents[agent]?.cost;
      return [{ start, agent: start.agent, rates, lease: { run, attempt, agent, grantMs, ...holds.get(run) } }];
    }
    const found = routed.get(run);
    if (!found) return [];
    const { name, workspace: agentWorkspace } = found.agent;
    const lease = { run, attempt, agent: name, agentWorkspace, grantMs, ...holds.get(run), ...found.lease };
    const { rates, startLimit } = found;
    return [{ start, agent: agentRef(found.agent, workspace), rates, startLimit, lease }];
  });
  const leases = await admitAttempts(draft, candidates);
  const leased = new Set(leases.map(({ lease }) => lease.run));
  draft.book?.dropHolders(new Set([...holds.keys()].filter((run) => !leased.has(run))));
  await draft.turn.useApprovals([...approvals].flatMap(([run, id]) => (leased.has(run) ? [id] : [])));
  const taken = await draft.turn.takeLeases(leases.map(({ lease }) => lease));
  return leases.flatMap(({ start: { task, item, attempt }, lease: { run }, agent }, at) => {
    const { token, found } = taken[at] ?? { token: 0 };
    const { isRemote, lease: { tries } = {} } = routed.get(run) ?? {};
    const mark = found === 'running' ? 1 : isRemote ? 2 : found === 'ended' ? 3 : 0;
    // What says nothing is left out: a turn keeps hundreds of these.
    const more: [mark?: 0 | 1 | 2 | 3, tries?: number] =
      tries === undefined ? (mark === 0 ? [] : [mark]) : [mark, tries];
    draft.apply(['start', task, item, attempt, agent, token, ...more]);
    const child = prepared.get(run);
    return child ? [{ ...child, token }] : [];
  });
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
      inputsHash: draft.turn.keep(inputs),
      baseDirectory: join(session.baseDirectory, work.directory),
      budgets: reservationOf(draft, start).limits,
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
