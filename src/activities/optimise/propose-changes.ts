import { createHash } from 'node:crypto';
import type { InsightMiningStore } from '../../contracts/ports/insight-mining-store';
import type { PlanStore } from '../../contracts/ports/plan-store';
import type { ProposalStore, StoredProposal } from '../../contracts/ports/proposal-store';
import type { SettingsStore } from '../../contracts/ports/settings-store';
import { proposalKey } from '../../domain/optimise/proposal';
import { propose } from '../../domain/optimise/propose';
import { workspaceSettings } from '../../domain/settings/workspace-settings';
import { miningWindow } from '../learning/mine-insights';
import { readExamples } from '../learning/read-examples';

export interface ProposalDependencies {
  mining: Pick<InsightMiningStore, 'attempts'>;
  plans: PlanStore;
  settings: Pick<SettingsStore, 'of'>;
  proposals: Pick<ProposalStore, 'assignments' | 'capacities' | 'models' | 'keep'>;
}

/** Turns, each with the assignments of what it started. */
const batches = 5_000;

/** What the outcomes of a workspace speak for; kept, so that it can be applied just so. */
export async function proposeChanges(
  { mining, plans, settings, proposals }: ProposalDependencies,
  workspace: string,
): Promise<StoredProposal[]> {
  const [attempts, assignments, capacities, models, options] = await Promise.all([
    mining.attempts(workspace, miningWindow),
    proposals.assignments(workspace, batches),
    proposals.capacities(workspace),
    proposals.models(workspace),
    settings.of(workspace),
  ]);
  const examples = await readExamples(workspace, attempts, { plans, heartbeat: () => undefined });
  const { routing } = workspaceSettings(options);
  const evidence = { workspace, examples, assignments, options, routing, capacities, models };
  const found = propose(evidence).map((proposal) => ({ id: idOf(proposalKey(proposal)), ...proposal }));
  await proposals.keep(workspace, found);
  return found;
}

/** Short enough to type. */
function idOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}
