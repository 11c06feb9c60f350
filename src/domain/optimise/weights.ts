import { agentId } from '../agents/agent-ref';
import { linksTo } from '../learning/insights/hypothesis';
import { groupBy, sessionMeans, smallestSample } from '../learning/insights/units';
import { percent } from '../learning/insights/words';
import { createRandom } from '../random';
import { drawBeta } from '../random-variates';
import { believedBest, evaluate } from '../routing/evaluate';
import type { EvaluatedCandidate } from '../routing/evaluate';
import { scoreOf } from '../routing/score';
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
  const choices = attempts
    .filter(({ assignment }) => assignment.strategy === 'score' && assignment.inputs.evaluated.length > 1)
    .map((attempt) => replayed(attempt, evidence.routing.weights));
  const sessions = [...new Set(choices.map(({ example }) => example.session))];
  if (sessions.length < 4 * smallestSample) return;
  const older = new Set(sessions.slice(0, Math.floor(sessions.length / 2)));
  const isOlder = ({ example }: Choice): boolean => older.has(example.session);
  const [past, recent] = [choices.filter(isOlder), choices.filter((one) => !isOlder(one))];
  const beliefs = beliefsOf(past);
  const [best] = grid
    .map((weights) => changeBy(past, beliefs, weights))
    // How sure a gain is takes long to say, and few are large enough to ask.
    .filter(({ estimate }) => estimate >= smallestGain)
    .map((change) => ({ weights: change.weights, low: gainOf(change, past.length).low }))
    .filter(({ low }) => low > 0)
    .sort((a, b) => b.low - a.low);
  if (!best) return;
  const change = changeBy(recent, beliefsOf(recent), best.weights);
  const { p, ...gain } = gainOf(change, recent.length);
  const { moved } = change;
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

/** An attempt with the candidates that it was chosen from. */
interface Choice extends PastAttempt {
  candidates: readonly EvaluatedCandidate[];
  weights: ScoreWeights;
  /** Who is believed to be best by these. */
  best: string | undefined;
}

function replayed(attempt: PastAttempt, weights: ScoreWeights): Choice {
  // What was drawn to explore does not count.
  const { draw: _, ...inputs } = attempt.assignment.inputs;
  const candidates = evaluate({ ...inputs, weights });
  return { ...attempt, candidates, weights, best: idOf(candidates[0]) };
}

const idOf = (candidate: EvaluatedCandidate | undefined): string | undefined =>
  candidate && agentId(candidate.inputs.agent);

/** A Beta distribution. */
interface Belief {
  a: number;
  b: number;
}

/** What success rates are believed to be, by kind of task and agent; of the sessions each counts once. */
function beliefsOf(choices: readonly Choice[]): ReadonlyMap<string, Belief> {
  const byAgent = groupBy(choices, (one) => keyOf(one, agentId(one.assignment.agent)));
  return new Map(
    [...byAgent].map(([key, own]) => {
      const shares = sessionMeans(
        own.map(({ example }) => example),
        ({ success }) => success,
      );
      const succeeded = shares.reduce((sum, share) => sum + share, 0);
      return [key, { a: 1 + succeeded, b: 1 + shares.length - succeeded }];
    }),
  );
}

/** What other weights come to. */
interface Change {
  weights: ScoreWeights;
  estimate: number;
  /** How much more, or less, often each belief is asked for: a share of the choices. */
  parts: ({ change: number } & Belief)[];
  /** Attempts that other weights give to others. */
  moved: Choice[];
}

function changeBy(choices: readonly Choice[], beliefs: ReadonlyMap<string, Belief>, weights: ScoreWeights): Change {
  const moved: Choice[] = [];
  const changes = new Map<string, number>();
  const add = (key: string, change: number): void => void changes.set(key, (changes.get(key) ?? 0) + change);
  for (const choice of choices) {
    const { best: from, candidates } = choice;
    // What relationships weigh stays as it is.
    const others = { ...weights, relationships: choice.weights.relationships ?? 0 };
    const to = idOf(believedBest(candidates, ({ parts }) => scoreOf(parts, others)));
    if (from === undefined || to === undefined || from === to) continue;
    moved.push(choice);
    add(keyOf(choice, to), 1 / choices.length);
    add(keyOf(choice, from), -1 / choices.length);
  }
  const parts = [...changes].map(([key, change]) => ({ change, ...(beliefs.get(key) ?? { a: 1, b: 1 }) }));
  return { weights, estimate: parts.reduce((sum, { change, a, b }) => sum + (change * a) / (a + b), 0), parts, moved };
}

interface Gain {
  estimate: number;
  low: number;
  high: number;
  /** How likely it is that there is none. */
  p: number;
}

function gainOf({ weights, estimate, parts }: Change, choices: number): Gain {
  const random = createRandom('weights', JSON.stringify(weights), choices);
  const gains = Array.from({ length: draws }, () =>
    parts.reduce((sum, { change, a, b }) => sum + change * drawBeta(random, a, b), 0),
  ).sort((left, right) => left - right);
  return {
    estimate,
    low: gains[Math.floor(draws * 0.025)] ?? 0,
    high: gains[Math.floor(draws * 0.975)] ?? 0,
    p: Math.max(1, gains.filter((gain) => gain <= 0).length) / draws,
  };
}

function keyOf({ example: { capability, taskType } }: PastAttempt, agent: string): string {
  return JSON.stringify([capability, taskType, agent]);
}
