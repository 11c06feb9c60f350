import type { AgentKey } from '../../domain/agents/agent';
import type { Cell } from '../../domain/learning/cells';
import type { Handoff } from '../../domain/learning/handoff';
import type { PastAttempt } from '../../domain/learning/lesson';
import type { TaskTraits } from '../../domain/prediction/task-traits';
import type { ProficiencyStep } from '../../domain/learning/proficiency';

/** An attempt whose outcome is to be learnt. */
export interface AttemptToLearn extends PastAttempt {
  /** Of the session; knowledge stays in it. */
  workspace: string;
  session: string;
  planName: string;
  /** Of the plan that the session has by now; null where the session is gone. */
  planHash: string | null;
  /** Whose results it was given; null where that was not stored with it. */
  handoffs: readonly Handoff[] | null;
  /** The same of what was reported: agents as `workspace/name`. */
  collaborators: readonly string[] | null;
}

/** What a task is of which something was learnt. */
export interface KnownTask extends TaskTraits {
  workspace: string;
  planName: string;
  task: string;
}

/** What is to be learnt in one transaction. */
export interface LearningBatch {
  /** All were learnt before, and are learnt again in place of what came of them. */
  anew: boolean;
  attempts: AttemptToLearn[];
  /** What is known by now of the agents of these attempts. */
  cells: { workspace: string; cell: Cell }[];
  /** How good these agents are at what: as their owners say, and by their outcomes so far. */
  proficiencies: ({ workspace: string; agent: AgentKey; capability: string } & Proficiency)[];
}

export interface Proficiency {
  declared: number;
  /** What was declared, while no outcome has changed it. */
  current: number;
}

/** What came of a batch. */
export interface Learnt {
  cells: LearningBatch['cells'];
  steps: ({ workspace: string; agent: AgentKey } & ProficiencyStep)[];
  tasks: KnownTask[];
  handovers: LearntHandover[];
}

/** An attempt that went on from what another agent had made, or from what a task of its session came to: which agent that was, the store knows. */
export interface LearntHandover {
  workspace: string;
  session: string;
  from: AgentKey | { need: string };
  agent: AgentKey;
  /** 0–1. */
  success: number;
  /** Milliseconds since 1970. */
  endedAt: number;
}

export interface LearningStore {
  /**
   * Takes at most `limit` outcomes, or what has to be learnt anew, and stores what `learn` makes of it, in one transaction: whoever dies in
   * between has learnt nothing, and nothing twice. Resolves with the number of outcomes; undefined while another worker learns.
   */
  learnBatch(
    limit: number,
    learn: (batch: LearningBatch) => Promise<Learnt>,
  ): Promise<{ learnt: number; more: boolean } | undefined>;
  /** Forgets what was learnt of the agent in the workspace, and all outcomes before now. */
  forget(workspace: string, agent: AgentKey): Promise<void>;
}
