import type { AgentRecord } from '../agents/agent';
import { isRemoteConnector } from '../agents/agent';
import { splitInstance } from '../agents/agent-ref';
import { activityKey } from '../learning/belief';
import type { AttemptTimeout, TimeoutInputs } from '../learning/learned-timeout';
import type { PlaceInputs } from '../learning/learned-place';
import type { SuccessPrior } from '../learning/measured';
import { modelCandidates } from '../models/model-candidates';
import { canRunInline } from '../plan/inline';
import { leavesRetries, leavesTimeout } from '../plan/default-policies';
import type { Task } from '../plan/plan';
import type { TaskTimeouts } from '../settings/task-timeouts';
import { taskKey } from '../settings/task-timeouts';
import type { EvidenceSettings } from '../settings/evidence-settings';
import type { WorkspaceSettings } from '../settings/workspace-settings';
import type { Prices } from '../usage/prices';
import type { AgentProfile } from './agent-profile';
import type { PreferredAgents } from './preferred-agents';
import type { Assignment, AssignmentInputs } from './assignment';

/** What the plan says of an attempt, and leaves to what is known of the agent that gets it. Plain JSON. */
export interface AttemptTerms {
  /** What outcomes of the task are learnt by. */
  capability?: string;
  taskType: string;
  /** Of a plan whose name is known: by `taskKey`. */
  task?: string;
  attempt: number;
  /** The share of attempts, 0–1, that must succeed; absent: as the workspace says. */
  atLeast?: number;
  timeoutMs: number;
  /** Evidence may shorten the timeout: the plan does not insist on it. */
  learnsTimeout?: true;
  /** Evidence may say how often to try: the plan does not. */
  learnsTries?: true;
  /** Of an attempt that a turn is to start: what the plan says of running it there; absent of others, which wait for a worker. */
  inline?: { asked?: boolean };
}

/** What the workspace says of it. */
export interface TermSettings extends EvidenceSettings {
  prices: Prices;
  preferred: PreferredAgents;
  taskTimeouts: TaskTimeouts;
}

export function termSettingsOf({
  evidence,
  prices,
  preferred,
  taskTimeouts,
}: Pick<WorkspaceSettings, 'evidence' | 'prices' | 'preferred' | 'taskTimeouts'>): TermSettings {
  return { ...evidence, prices, preferred, taskTimeouts };
}

/** `plan`: its name, where the task is one of its own. */
export function attemptTerms(task: Task, name: string, attempt: number, plan?: string): AttemptTerms {
  const { work, type, quality, timeoutMs } = task;
  const capability = work.kind === 'agent' && 'capability' in work.agent ? work.agent.capability : undefined;
  return {
    ...(capability !== undefined && { capability }),
    taskType: type ?? name,
    ...(plan !== undefined && { task: taskKey(plan, name) }),
    attempt,
    ...(quality && { atLeast: quality.atLeast }),
    timeoutMs,
    ...(leavesTimeout(task) && { learnsTimeout: true }),
    ...(leavesRetries(task) && { learnsTries: true }),
  };
}

/** What its lease keeps of an assignment: the same for whoever takes it on, and however often. */
export interface LeaseTerms {
  model?: string;
  /** Where it is less than the plan allows. */
  timeoutMs?: number;
  /** How often the run may be tried with the agent, where evidence says so. */
  tries?: number;
}

/** The rest stands in the plan. */
const leaseKeeps: ReadonlySet<AttemptTimeout['from']> = new Set(['evidence', 'settings']);

export function leaseTerms({ model, timeout, tries }: Pick<Assignment, 'model' | 'timeout' | 'tries'>): LeaseTerms {
  return {
    ...(model && { model: model.name }),
    ...(timeout && leaseKeeps.has(timeout.from) && { timeoutMs: timeout.ms }),
    ...(tries?.from === 'evidence' && { tries: tries.tries }),
  };
}

/** What the model, the timeout and the tries of an attempt by the agent follow from. */
export function termInputs(
  profile: AgentProfile,
  terms: AttemptTerms,
  settings: TermSettings,
  expected: SuccessPrior,
): Pick<AssignmentInputs, 'models' | 'timeout' | 'tries' | 'place'> {
  const { capability, taskType, attempt, atLeast = settings.atLeast, inline } = terms;
  const { learnsTimeout, learnsTries } = terms;
  const activity = { capability, taskType };
  const { confidence, prices } = settings;
  const ofKind = profile.records?.get(activityKey(activity));
  const record = learnsTimeout && settings.timeouts ? ofKind : undefined;
  return {
    ...(profile.models && {
      models: { ...modelCandidates(profile.models, profile, { activity, expected, prices }), atLeast, confidence },
    }),
    timeout: { ...timeoutLimit(terms, settings), attempt, ...(record && { record }) },
    ...(learnsTries && settings.retries && { tries: ofKind?.retries ? { retries: ofKind.retries } : {} }),
    ...(inline && canBeCalledHere(profile) && placeInputs(inline, ofKind)),
  };
}

/** The plan's, or the shorter one of the workspace. */
function timeoutLimit(
  { task = '', timeoutMs, learnsTimeout }: AttemptTerms,
  { taskTimeouts }: TermSettings,
): Pick<TimeoutInputs, 'limitMs' | 'limitFrom'> {
  const most = taskTimeouts.get(task);
  if (most !== undefined && most < timeoutMs) return { limitMs: most, limitFrom: 'settings' };
  return { limitMs: timeoutMs, limitFrom: learnsTimeout ? 'default' : 'plan' };
}

/** By the process that takes the turns, as any worker could: its service is not on a machine of its own. */
function canBeCalledHere({ connector, name }: AgentProfile): boolean {
  return canRunInline({ connector }) && !isRemoteConnector(connector) && splitInstance(name).host === undefined;
}

function placeInputs({ asked }: { asked?: boolean }, ofKind: AgentRecord | undefined): { place?: PlaceInputs } {
  if (asked !== undefined) return { place: { asked } };
  return ofKind ? { place: { record: ofKind } } : {};
}
