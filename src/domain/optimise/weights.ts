import { agentId } from '../agents/agent-ref';
import { linksTo } from '../learning/insights/hypothesis';
import { sessionMeans, smallestSample } from '../learning/insights/units';
import { percent } from '../learning/insights/words';
import { createRandom } from '../random';
import { drawBeta } from '../random-variates';
import { evaluate } from '../routing/evaluate';
import type { ScoreWeights } from '../routing/settings';
import type { Evidence } from './evidence';
import type { PastAttempt } from './past-attempt';
import type { Candidate } from './proposal';
import { ProposalKind } from './proposal';

/** Less is gained by nobody. */
const smallestGain = 0.02;

/** Draws that an interval is made of. */
const draws = 2_000;

/** Weights that are tried: all of these add up to one, and none makes agents be piled up. */
const grid: readonly ScoreWeights[] = [0.1, 0.3, 0.5, 0.7].flatMap((specialisation) =>
  [0.1, 0.2, 0.3]
    .map((availability) => ({
      specialisation,
      successRate: Number((1 - specialisation - availability).toFixed(2)),
      availability,
    }))
    .filter(({ successRate }) => successRate > 0),
);

/**
 * Other weights of the score, tried by replaying the stored assignments: the same candidates, as they were, with what agents came to in tasks of that
 * kind. The older half of the sessions chooses the weights, the newer half alone says what they gain, so that trying many finds no more than trying one.
 */
export function* weightCandidates(attempts: readonly PastAttempt[], evidence: Evidence): Iterable<Candidate> {
  const choices = attempts.filter(
    ({ assignment }) => assignment.strategy === 'score' && assignment.inputs.evaluated.length > 1,
  );
  const sessions = [...new Set(choices.map(({ example }) => example.session))];
  if (sessions.length < 4 * smallestSample) return;
  const older = new Set(sessions.slice(0, Math.floor(sessions.length / 2)));
  const isOlder = ({ example }: PastAttempt): boolean => older.has(example.session);
  const [past, recent] = [choices.filter(isOlder), choices.filter((one) => !isOlder(one))];
  const now = evidence.routing.weights;
  const [best] = grid
    .map((weights) => ({ weights, gain: gainOf(past, now, weights) }))
    .filter(({ gain }) => gain.low > 0 && gain.estimate >= smallestGain)
    .sort((a, b) => b.gain.low - a.gain.low);
  if (!best) return;
  const { p, moved, ...gain } = gainOf(recent, now, best.weights);
  const { specialisation, successRate, availability } = best.weights;
  yield {
    p: gain.estimate >= smallestGain / 2 ? p : 1,
    proposal: {
      kind: ProposalKind.weights,
      says: `With weights of ${specialisation} for proficiency, ${successRate} for success and ${availability} for room, ${percent(moved.length / recent.length)} of the latest ${recent.length} assignments would have gone to another agent, which succeeds more often in such tasks. How full agents would be then is not replayed.`,
      change: {
        of: 'settings',
        before: Object.fromEntries(weightKeys.map((key) => [key, evidence.options[key] ?? null])),
        after: {
          'weights.specialisation': specialisation,
          'weights.successRate': successRate,
          'weights.availability': availability,
        },
      },
      advice: null,
      evidence: { sessions: sessions.length, attempts: choices.length },
      effect: { what: 'success rate of an assignment', unit: 'share', ...gain },
      links: linksTo(moved.map(({ example }) => example)),
    },
  };
}

const weightKeys = ['weights.specialisation', 'weights.successRate', 'weights.availability'] as const;

interface Gain {
  estimate: number;
  low: number;
  high: number;
  /** How likely it is that there is none. */
  p: number;
  /** Attempts that other weights give to others. */
  moved: PastAttempt[];
}

/** What success rates are believed to be, by kind of task and agent: Beta distributions of the sessions, of which each counts once. */
function gainOf(choices: readonly PastAttempt[], now: ScoreWeights, weights: ScoreWeights): Gain {
  const moves = choices.flatMap((choice) => {
    // What relationships weigh stays as it is.
    const { relationships = 0 } = now;
    const [from, to] = [now, { ...weights, relationships }].map((some) => chosenBy(choice, some));
    return from === undefined || to === undefined || from === to ? [] : [{ choice, from, to }];
  });
  const beliefs = new Map<string, { a: number; b: number }>();
  const beliefOf = (key: string): { a: number; b: number } => {
    const known = beliefs.get(key);
    if (known) return known;
    const shares = sessionMeans(
      choices.filter((one) => keyOf(one, agentId(one.assignment.agent)) === key).map(({ example }) => example),
      ({ success }) => success,
    );
    const succeeded = shares.reduce((sum, share) => sum + share, 0);
    const belief = { a: 1 + succeeded, b: 1 + shares.length - succeeded };
    beliefs.set(key, belief);
    return belief;
  };
  const changes = new Map<string, number>();
  const add = (key: string, change: number): void => void changes.set(key, (changes.get(key) ?? 0) + change);
  for (const { choice, from, to } of moves) {
    add(keyOf(choice, to), 1 / choices.length);
    add(keyOf(choice, from), -1 / choices.length);
  }
  const parts = [...changes].map(([key, change]) => ({ change, ...beliefOf(key) }));
  const random = createRandom('weights', JSON.stringify(weights), choices.length);
  const gains = Array.from({ length: draws }, () =>
    parts.reduce((sum, { change, a, b }) => sum + change * drawBeta(random, a, b), 0),
  ).sort((left, right) => left - right);
  return {
    estimate: parts.reduce((sum, { change, a, b }) => sum + (change * a) / (a + b), 0),
    low: gains[Math.floor(draws * 0.025)] ?? 0,
    high: gains[Math.floor(draws * 0.975)] ?? 0,
    p: Math.max(1, gains.filter((gain) => gain <= 0).length) / draws,
    moved: moves.map(({ choice }) => choice),
  };
}

/** Who is believed to be best by these weights: what was drawn to explore does not count. */
function chosenBy({ assignment }: PastAttempt, weights: ScoreWeights): string | undefined {
  const { draw: _, ...inputs } = assignment.inputs;
  const [first] = evaluate({ ...inputs, weights });
  return first && agentId(first.inputs.agent);
}

function keyOf({ example: { capability, taskType } }: PastAttempt, agent: string): string {
  return JSON.stringify([capability, taskType, agent]);
}
