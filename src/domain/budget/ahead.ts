import { comparePositions } from '../line-position';
import type { LinePosition } from '../line-position';

/** How many of those who wait for their workspace come before it. */
export function countAhead(waiters: readonly LinePosition[], position: LinePosition): number {
  return waiters.filter((one) => comparePositions(one, position) < 0).length;
}
