import type { PlanIndex } from './outline';
import { parseRunKey } from './run-key';
import { findRun } from './state';
import type { RunState, SessionState } from './state';

interface Attempt {
  run: string;
  attempt: number;
}

/** Whether the session still waits for what this attempt comes to. */
export function isInFlight(index: PlanIndex, state: SessionState, attempt: Attempt): boolean {
  return runInFlight(index, state, attempt) !== undefined;
}

/** Whether it does, and has not told the attempt to stop. */
export function isWanted(index: PlanIndex, state: SessionState, attempt: Attempt): boolean {
  const run = runInFlight(index, state, attempt);
  return run !== undefined && run.stop === undefined;
}

function runInFlight(index: PlanIndex, state: SessionState, { run, attempt }: Attempt): RunState | undefined {
  const ref = parseRunKey(index, run);
  const found = ref && findRun(state, ref);
  return found?.status === 'running' && found.attempt === attempt ? found : undefined;
}
