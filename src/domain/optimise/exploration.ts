import { linksTo } from '../learning/insights/hypothesis';
import { normalTail } from '../learning/insights/statistics/normal';
import { mean, meanVariance } from '../learning/insights/statistics/summary';
import { groupBy, newestThird, smallestSample } from '../learning/insights/units';
import { smallestDifference } from '../learning/insights/compare';
import { percent } from '../learning/insights/words';
import type { Evidence } from './evidence';
import { normalInterval } from './interval';
import type { PastAttempt } from './past-attempt';
import type { Candidate } from './proposal';
import { ProposalKind } from './proposal';

/** Whether trying agents to learn costs too many successes: against attempts of the same kind of task that went to who was believed to be best. */
export function* explorationCandidates(attempts: readonly PastAttempt[], evidence: Evidence): Iterable<Candidate> {
  const { exploration } = evidence.routing;
  const set = evidence.options.exploration;
  const drawn = attempts.filter(({ assignment }) => assignment.inputs.draw !== undefined);
  const deficits: number[] = [];
  const tried: PastAttempt[] = [];
  for (const ofKind of groupBy(drawn, kindOf).values()) {
    const usual = ofKind.filter(({ assignment }) => !assignment.explored).map(({ example }) => example.success);
    if (usual.length < smallestSample) continue;
    for (const attempt of ofKind) {
      if (!attempt.assignment.explored) continue;
      tried.push(attempt);
      deficits.push(mean(usual) - attempt.example.success);
    }
  }
  const sessions = new Set(tried.map(({ example }) => example.session)).size;
  if (exploration <= 0 || sessions < smallestSample) return;
  const deficit = mean(deficits);
  const error = Math.sqrt(meanVariance(deficits) + 0.25 / drawn.length);
  const half = Number((exploration / 2).toPrecision(2));
  // Of all attempts, half as many would be tried.
  const share = tried.length / (2 * Math.max(1, attempts.length));
  const lasts = mean(newestThird(deficits)) >= deficit / 2;
  yield {
    p: deficit >= smallestDifference && lasts ? normalTail((deficit - smallestDifference / 2) / error) : 1,
    proposal: {
      kind: ProposalKind.exploration,
      says: `${tried.length} attempts in ${sessions} sessions tried an agent to learn, and succeeded less often by ${percent(deficit)} than others of their kind. What was learnt by it is not counted.`,
      change: { of: 'settings', before: { exploration: set ?? null }, after: { exploration: half } },
      advice: null,
      evidence: { sessions, attempts: tried.length },
      effect: {
        what: 'success rate of all attempts',
        unit: 'share',
        ...normalInterval(deficit * share, error * share),
      },
      links: linksTo(tried.map(({ example }) => example)),
    },
  };
}

function kindOf({ example: { capability, taskType } }: PastAttempt): string {
  return JSON.stringify([capability, taskType]);
}
