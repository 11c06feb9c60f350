import { proposeChanges } from '../activities/optimise/propose-changes';
import type { Optimisation } from '../cli/ports';
import { createInsightMiningStore } from '../stores/insight-mining';
import { createProposalStore } from '../stores/proposals';
import { createSettingsStore } from '../stores/settings';
import type { Installation } from './installation';

/** Proposals for the workspace of the process. */
export function optimisationOf({ pool, plans, configuration }: Installation): Optimisation {
  const { workspace } = configuration;
  const proposals = createProposalStore(pool);
  const dependencies = {
    mining: createInsightMiningStore(pool),
    plans,
    settings: createSettingsStore(pool),
    proposals,
  };
  return {
    propose: () => proposeChanges(dependencies, workspace),
    apply: (ids) => proposals.apply(workspace, ids),
    undo: (id) => proposals.undo(workspace, id),
    applied: (limit) => proposals.applied(workspace, limit),
  };
}
