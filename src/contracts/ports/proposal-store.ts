import type { AgentKey } from '../../domain/agents/agent';
import type { ModelOption } from '../../domain/models/model-option';
import type { PastAssignment } from '../../domain/optimise/past-attempt';
import type { Change, Proposal } from '../../domain/optimise/proposal';

export interface StoredProposal extends Proposal {
  id: string;
}

/** A change that was applied. Times in milliseconds since 1970. */
export interface AppliedProposal {
  /** Higher for what was applied later. */
  nr: number;
  proposal: string;
  says: string;
  change: Change;
  appliedAt: number;
  undoneAt: number | null;
}

/** What was proposed to a workspace, and what became of it. */
export interface ProposalStore {
  /** Why the latest attempts went to their agents, the newest of each first. */
  assignments(workspace: string, limit: number): Promise<PastAssignment[]>;
  /** Of the workspace's own agents, by name: attempts at once. */
  capacities(workspace: string): Promise<Map<string, number>>;
  /** … the models that they can be told to use, where they have any. */
  models(workspace: string): Promise<Map<string, ModelOption[]>>;
  /** Keeps them, so that just these can be applied. */
  keep(workspace: string, proposals: readonly StoredProposal[]): Promise<void>;
  /** Changes of the agent, or of its models, that can still be applied: the latest first, twenty at most. */
  ofAgent(workspace: string, agent: AgentKey): Promise<StoredProposal[]>;
  /**
   * Makes the changes, all or none, each only where its values are still those of before. `seed`, here and below: of the request; what the same one has
   * done is done. Throws PROPOSAL_NOT_FOUND and PROPOSAL_OUTDATED.
   */
  apply(workspace: string, ids: readonly string[], seed?: string): Promise<AppliedProposal[]>;
  /** Puts the values before back, where they are still those that were applied. Throws PROPOSAL_NOT_FOUND and PROPOSAL_OUTDATED. */
  undo(workspace: string, id: string, seed?: string): Promise<AppliedProposal>;
  /** The latest first. */
  applied(workspace: string, limit: number, after?: readonly [nr: number]): Promise<AppliedProposal[]>;
}
