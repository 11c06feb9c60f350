import type { AgentKey } from '../../domain/agents/agent';
import type { AppliedProposal, StoredProposal } from './proposal-store';

/** Changes that outcomes of a workspace speak for. */
export interface Optimisation {
  /** Looks, and keeps what it finds; changes nothing. */
  propose(): Promise<StoredProposal[]>;
  /** What was proposed of an agent and can still be applied, the latest first. */
  ofAgent(agent: AgentKey): Promise<StoredProposal[]>;
  /** All or none. `seed`, here and below: of the request; what the same one has done is done. Throws PROPOSAL_NOT_FOUND and PROPOSAL_OUTDATED. */
  apply(ids: readonly string[], seed?: string): Promise<AppliedProposal[]>;
  /** Throws PROPOSAL_NOT_FOUND and PROPOSAL_OUTDATED. */
  undo(id: string, seed?: string): Promise<AppliedProposal>;
  /** The latest first. */
  applied(limit: number, after?: readonly [nr: number]): Promise<AppliedProposal[]>;
}
