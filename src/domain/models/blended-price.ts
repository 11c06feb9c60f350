import type { ModelPrice } from '../usage/prices';

/** Tokens that are read for each one that is written, where only prices can be compared. */
const readPerWritten = 3;

/** US dollars for a million tokens. */
export function blendedPrice({ inputUsd, outputUsd }: ModelPrice): number {
  return (readPerWritten * inputUsd + outputUsd) / (readPerWritten + 1);
}
