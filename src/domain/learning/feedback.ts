import type { ValueFault } from '../faulty-value';
import { Verdict } from '../verdict';

/** What a person says of an attempt. */
export interface Feedback {
  /** 1 (useless) to 5 (perfect). */
  rating?: number;
  useful?: boolean;
  /** What they had to change in what it made. */
  modifications?: string;
}

/** What a success is worth that somebody had to change. */
const changed = 0.5;

/**
 * How far an attempt succeeded, 0–1. A person knows better than the verdict: the rating says most, then whether it was of use. Where nobody says so, a
 * success is worth its quality, as far as that was measured.
 */
export function successOf(
  verdict: string,
  { rating, useful, modifications }: Feedback = {},
  quality?: number | null,
): number {
  if (rating !== undefined) return (rating - 1) / 4;
  const succeeded = useful ?? verdict === Verdict.succeeded;
  if (!succeeded) return 0;
  const worth = useful === undefined ? (quality ?? 1) : 1;
  return modifications === undefined ? worth : Math.min(worth, changed);
}

/** What is wrong with the feedback, in plain words; undefined when it is good. */
export function feedbackIssue({ rating, useful, modifications }: Feedback): ValueFault | undefined {
  if (rating === undefined && useful === undefined && modifications === undefined) {
    const detail = 'Say something: a rating of 1 to 5, whether it was useful, or what you had to change.';
    return { path: [], detail };
  }
  if (rating !== undefined && !(Number.isInteger(rating) && rating >= 1 && rating <= 5)) {
    return { path: ['rating'], detail: `The rating is ${rating}: it must be a whole number from 1 to 5.` };
  }
  if (modifications !== undefined && modifications.length > maxModifications) {
    const detail = `What was changed takes ${modifications.length} characters: at most ${maxModifications} are kept.`;
    return { path: ['modifications'], detail };
  }
  return undefined;
}

const maxModifications = 10_000;
