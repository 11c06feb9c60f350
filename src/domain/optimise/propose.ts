import { adjustForMany } from '../learning/insights/statistics/benjamini-hochberg';
import { capacityCandidates } from './capacity';
import type { Evidence } from './evidence';
import { explorationCandidates } from './exploration';
import { lateFailureCandidates } from './late-failures';
import { modelCandidatesToAdd } from './models';
import { moveCandidates } from './moves';
import { pastAttempts } from './past-attempt';
import { planParameterCandidates } from './plan-parameters';
import { proposalKey } from './proposal';
import type { Candidate, Proposal } from './proposal';
import { weightCandidates } from './weights';

/** Of what is proposed, the share that may be chance; and where there is nothing to gain, the chance that anything is. */
const falseDiscoveryRate = 0.05;

/** What outcomes speak for: no chance, whatever else was looked at, and a gain throughout its interval. The surest first. */
export function propose(evidence: Evidence): Proposal[] {
  const candidates = [...candidatesIn(evidence)];
  const adjusted = adjustForMany(candidates.map(({ p }) => p));
  const found = candidates
    .map(({ proposal }, at) => ({ proposal, q: adjusted[at] ?? 1 }))
    .filter(({ proposal, q }) => q <= falseDiscoveryRate && proposal.effect.low > 0)
    .sort((left, right) => left.q - right.q)
    .map(({ proposal }) => proposal);
  // Several types of tasks may speak for the same change: the surest does.
  return [...new Map([...found].reverse().map((proposal) => [proposalKey(proposal), proposal])).values()].reverse();
}

function* candidatesIn(evidence: Evidence): Iterable<Candidate> {
  const { examples, assignments } = evidence;
  const attempts = pastAttempts(examples, assignments);
  yield* weightCandidates(attempts, evidence);
  yield* explorationCandidates(attempts, evidence);
  yield* capacityCandidates(attempts, evidence);
  yield* moveCandidates(attempts, evidence);
  yield* modelCandidatesToAdd(evidence);
  yield* planParameterCandidates(evidence);
  yield* lateFailureCandidates(examples);
}
