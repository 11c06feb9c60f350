import { InvalidArgumentError } from 'commander';

const maxCount = 1_000;

/** A count of an option, 1 to 1,000. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= maxCount) return count;
  throw new InvalidArgumentError(`Write a number from 1 to ${maxCount}.`);
}
