import type { AgentRecord } from '../agents/agent';
import { defaultTries } from '../plan/default-policies';

/** Each retry that failed as well halves what is expected of the next; one that succeeds less often than this is not worth it. */
const leastChance = 0.1;

/** One retry is always made, or nothing more would be learnt of them; and five tries are enough, whatever happened. */
const fewestRetries = 1;
const mostRetries = 4;

/** What a retry is expected to come to before any was seen: it makes the default of two, and weighs as much as so many retries. */
const expected = { chance: 0.3, weight: 4 };

/** Fewer retries, by their weight, say nothing. */
const fewestSeen = 4;

/** All that the number of tries follows from where the plan leaves it open. */
export interface TriesInputs {
  /** What became of retries by the agent at just this kind of task; absent where there were none, or where evidence is not to say anything. */
  retries?: NonNullable<AgentRecord['retries']>;
}

/** How often a run may be tried with an agent, its first try included. */
export interface RunTries {
  tries: number;
  from: 'default' | 'evidence';
  /** Where evidence says so: the weight of the retries that were seen, and how likely the next one succeeds, 0–1. */
  seen?: number;
  chance?: number;
}

/**
 * The chance c that a retry succeeds after a failure is the mean of a Beta distribution. Retries are made while c, halved for each that has failed, is a
 * tenth or more: 1 + ⌊log₂(c ÷ 0.1)⌋ of them, one to four.
 */
export function runTries({ retries }: TriesInputs): RunTries {
  if (!retries || retries.count < fewestSeen) return { tries: defaultTries, from: 'default' };
  const { count, succeeded } = retries;
  const chance = Math.min(1, Math.max(0, (expected.chance * expected.weight + succeeded) / (expected.weight + count)));
  const worthwhile = chance < leastChance ? 0 : 1 + Math.floor(Math.log2(chance / leastChance));
  const tries = 1 + Math.min(mostRetries, Math.max(fewestRetries, worthwhile));
  return { tries, from: 'evidence', seen: count, chance };
}

/** Where it comes from, in plain words. */
export function triesWords({ tries, from, seen = 0, chance = 0 }: RunTries): string {
  if (from === 'default') return `${tries}, the default`;
  return `${tries}, from evidence: about ${Math.round(chance * 100)}% of its retries at this kind of task succeed, after ${seen.toFixed(1)} of them`;
}
