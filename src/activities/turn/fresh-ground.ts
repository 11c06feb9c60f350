import type { TurnGround } from '../../contracts/ports/turn-store';

/** Older than that, a clock or a limit of the workspace may have changed, or somebody may have given the session up: the turn asks again. */
const groundMs = 2_000;

export function isFresh({ readAtMs }: TurnGround): boolean {
  return performance.now() - readAtMs < groundMs;
}
