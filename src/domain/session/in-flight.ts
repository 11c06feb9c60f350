import type { PlanIndex } from './outline';
import { parseRunKey } from './run-key';
import { findRun } from './state';
import type { SessionState } from './state';

/** Whether the session still waits for what this attempt comes to. */
export function isInFlight(
  index: PlanIndex,
  state: SessionState,
  { run, attempt }: { run: string; attempt: number },
): boolean {
  const ref = parseRunKey(index, run);
  const found = ref && findRun(state, ref);
  return found?.status === 'running' && found.attempt === attempt;
}
