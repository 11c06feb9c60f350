import { activityKey } from '../learning/belief';
import type { SuccessPrior } from '../learning/measured';
import { modelCandidates } from '../models/model-candidates';
import { leavesTimeout } from '../plan/default-policies';
import type { Task } from '../plan/plan';
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
  attempt: number;
  /** The share of attempts, 0–1, that must succeed; absent: as the workspace says. */
  atLeast?: number;
  timeoutMs: number;
  /** Evidence may shorten the timeout: the plan does not insist on it. */
  learnsTimeout?: true;
}

/** What the workspace says of it. */
export interface TermSettings extends EvidenceSettings {
  prices: Prices;
  preferred: PreferredAgents;
}

export function termSettingsOf({
  evidence,
  prices,
  preferred,
}: Pick<WorkspaceSettings, 'evidence' | 'prices' | 'preferred'>): TermSettings {
  return { ...evidence, prices, preferred };
}

export function attemptTerms(task: Task, name: string, attempt: number): AttemptTerms {
  const { work, type, quality, timeoutMs } = task;
  const capability = work.kind === 'agent' && 'capability' in work.agent ? work.agent.capability : undefined;
  return {
    ...(capability !== undefined && { capability }),
    taskType: type ?? name,
    attempt,
    ...(quality && { atLeast: quality.atLeast }),
    timeoutMs,
    ...(leavesTimeout(task) && { learnsTimeout: true }),
  };
}

/** What its lease keeps of an assignment: the same for whoever takes it on, and however often. */
export interface LeaseTerms {
  model?: string;
  /** Where it is less than the plan allows. */
  timeoutMs?: number;
}

export function leaseTerms({ model, timeout }: Pick<Assignment, 'model' | 'timeout'>): LeaseTerms {
  return {
    ...(model && { model: model.name }),
    ...(timeout?.from === 'evidence' && { timeoutMs: timeout.ms }),
  };
}

/** What the model and the timeout of an attempt by the agent follow from. */
export function termInputs(
  profile: AgentProfile,
  terms: AttemptTerms,
  settings: TermSettings,
  expected: SuccessPrior,
): Pick<AssignmentInputs, 'models' | 'timeout'> {
  const { capability, taskType, attempt, atLeast = settings.atLeast, timeoutMs, learnsTimeout } = terms;
  const activity = { capability, taskType };
  const { confidence, prices } = settings;
  const record = learnsTimeout && settings.timeouts ? profile.records?.get(activityKey(activity)) : undefined;
  return {
    ...(profile.models && {
      models: { ...modelCandidates(profile.models, profile, { activity, expected, prices }), atLeast, confidence },
    }),
    timeout: {
      limitMs: timeoutMs,
      limitFrom: learnsTimeout ? 'default' : 'plan',
      attempt,
      ...(record && { record }),
    },
  };
}
