import { proposeChanges } from '../activities/optimise/propose-changes';
import type { Optimisation } from '../contracts/ports/optimisation';
import { createInsightMiningStore } from '../stores/insight-mining';
import { createProposalStore } from '../stores/proposals';
import { createSettingsStore } from '../stores/settings';
import type { Installation } from './installation';

/** Proposals for a workspace. */
export function optimisationOf({ pool, plans }: Pick<Installation, 'pool' | 'plans'>, workspace: string): Optimisation {
  const proposals = createProposalStore(pool);
  const dependencies = {
    mining: createInsightMiningStore(pool),
    plans,
    settings: createSettingsStore(pool),
    proposals,
  };
  return {
    propose: () => proposeChanges(dependencies, workspace),
    ofAgent: (agent) => proposals.ofAgent(workspace, agent),
    apply: (ids, seed) => proposals.apply(workspace, ids, seed),
    undo: (id, seed) => proposals.undo(workspace, id, seed),
    applied: (limit, after) => proposals.applied(workspace, limit, after),
  };
}
