import type {
  KnownTask,
  LearningStore,
  LearningBatch,
  Learnt,
  LearntHandover,
} from '../../contracts/ports/learning-store';
import type { PlanStore } from '../../contracts/ports/plan-store';
import { agentKey } from '../../domain/agents/agent-ref';
import { cellId, learn } from '../../domain/learning/cells';
import type { Cell, Cells } from '../../domain/learning/cells';
import { giversOf } from '../../domain/learning/handoff';
import { lessonOf } from '../../domain/learning/lesson';
import type { Lesson } from '../../domain/learning/lesson';
import { proficiencyStep } from '../../domain/learning/proficiency';
import { upsert } from '../../domain/upsert';
import { OrchestraError } from '../../domain/errors';
import { traitsOf } from '../../domain/prediction/task-traits';
import type { Task } from '../../domain/plan/plan';

export interface LearningDependencies {
  learning: LearningStore;
  plans: PlanStore;
  /** Says that the activity is alive; throws where it is to end. */
  heartbeat(): void;
  now(): number;
}

/** Outcomes of one transaction: some tenths of a second. */
const batchSize = 1_000;

/** How long one activity learns. */
const patienceMs = 20_000;

/** Learns batch after batch until nothing is left, or for some seconds. */
export async function learnOutcomes(dependencies: LearningDependencies): Promise<{ learnt: number; more: boolean }> {
  const { learning, heartbeat, now } = dependencies;
  const until = now() + patienceMs;
  let learnt = 0;
  for (;;) {
    const batch = await learning.learnBatch(batchSize, (found) => learntFrom(found, dependencies));
    learnt += batch?.learnt ?? 0;
    if (!batch?.more) return { learnt, more: false };
    if (now() >= until) return { learnt, more: true };
    heartbeat();
  }
}

/** The cells of the batch after it: of each workspace by itself, since knowledge stays where it was made. */
async function learntFrom(batch: LearningBatch, { plans }: LearningDependencies): Promise<Learnt> {
  const { anew, attempts, cells } = batch;
  const workspaces = new Map<string, Cells>();
  const cellsOf = (workspace: string): Cells => upsert(workspaces, workspace, () => new Map<string, Cell>());
  for (const { workspace, cell } of cells) cellsOf(workspace).set(cellId(cell), cell);
  const lessons = new Map<string, Lesson[]>();
  const tasks = new Map<string, { workspace: string; planName: string; name: string; task: Task }>();
  const handovers: LearntHandover[] = [];
  for (const attempt of attempts) {
    const task = await taskOf(attempt, plans);
    const lesson = lessonOf(attempt, task);
    upsert(lessons, attempt.workspace, () => []).push(lesson);
    const { workspace, session, agent, planName, task: name } = attempt;
    const { success, endedAt } = lesson;
    handovers.push(...giversTo(attempt, task).map((from) => ({ workspace, session, from, agent, success, endedAt })));
    // Of several versions of a plan the last word counts.
    if (task) tasks.set(JSON.stringify([workspace, planName, name]), { workspace, planName, name, task });
  }
  // A cell that learnt something is another object.
  const before = new Set(cells.map(({ cell }) => cell));
  const changed = [...lessons].flatMap(([workspace, learnt]) => {
    const known = cellsOf(workspace);
    learn(known, learnt, { anew });
    return [...known.values()].filter((cell) => !before.has(cell)).map((cell) => ({ workspace, cell }));
  });
  const known = [...tasks.values()].map(({ workspace, planName, name, task }): KnownTask => ({
    ...{ workspace, planName, task: name },
    ...traitsOf(name, task),
  }));
  return { cells: changed, steps: stepsOf(batch, changed), tasks: known, handovers };
}

/** Whom an attempt went on from: as it was stored with it, or else, of attempts from before that was stored, as its plan says. */
function giversTo(
  { workspace, handoffs, collaborators }: LearningBatch['attempts'][number],
  task: Task | undefined,
): LearntHandover['from'][] {
  if (collaborators) return collaborators.map((agent) => agentKey(agent, workspace));
  if (handoffs) return giversOf(handoffs);
  return (task?.needs ?? []).map((need) => ({ need }));
}

/** How the agents changed in the capabilities of which something was learnt. */
function stepsOf({ proficiencies }: LearningBatch, changed: Learnt['cells']): Learnt['steps'] {
  const cells = new Map(changed.map(({ workspace, cell }) => [`${workspace}/${cellId(cell)}`, cell]));
  return proficiencies.flatMap(({ workspace, agent, capability, ...proficiency }) => {
    const cell = cells.get(`${workspace}/${cellId({ agent, capability, taskType: '' })}`);
    const step = cell && proficiencyStep(capability, proficiency, cell.record);
    return step ? [{ workspace, agent, ...step }] : [];
  });
}

/** Undefined where the session or its plan is gone, or the task was removed from it. */
async function taskOf(
  { workspace, planHash, task }: LearningBatch['attempts'][number],
  plans: PlanStore,
): Promise<Task | undefined> {
  if (planHash === null) return undefined;
  try {
    return (await plans.load(workspace, planHash)).plan.tasks[task];
  } catch (error) {
    if (error instanceof OrchestraError && error.code === 'PLAN_NOT_FOUND') return undefined;
    throw error;
  }
}
