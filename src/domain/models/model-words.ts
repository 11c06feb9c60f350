import { count, decimal, outcomesWords, usd } from '../routing/plain-words';
import type { ModelChoice, ModelInputs } from './choose-model';

/** Which model, and why, in plain words with the numbers. */
export function modelWords(
  { name, reason, successRate, certainty, cost, insteadOf }: ModelChoice,
  { candidates, costsAre, atLeast, confidence }: ModelInputs,
): string {
  const record = candidates.find((candidate) => candidate.name === name)?.record;
  const known = `in ${decimal(successRate)} of its attempts${record ? ` after ${outcomesWords(record)}` : ''}`;
  const needed = `${decimal(atLeast)} are asked for`;
  const sure = `that it does is ${percent(certainty)} sure, and ${percent(confidence)} must be`;
  const price =
    cost === null
      ? 'Nobody knows what it costs.'
      : `About ${usd(cost)} ${costsAre === 'measured' ? 'an attempt' : 'for a million tokens'}.`;
  const models = count(candidates.length, 'model');
  switch (reason) {
    case 'meets':
      return `${name} is the cheapest of ${models} that is known to succeed often enough: ${known}; ${needed}, ${sure}. ${price}`;
    case 'tried':
      return `${name} is tried, to learn whether it succeeds often enough: ${known}; ${needed}, ${sure}. Without a try it would be ${insteadOf}. ${price}`;
    case 'best':
      return `${name} succeeds most often of ${models}, of which none is known to succeed often enough: ${known}; ${needed}, ${sure}. ${price}`;
  }
}

function percent(share: number): string {
  return `${Math.round(100 * share)}%`;
}
