import type { RunTaskInput } from '../protocol/activities';
import type { FinishedAttempt } from './remote-work-store';

/** What becomes of attempts of remote agents by itself. */
export interface RemoteSweepStore {
  /** Attempts that have been with their agents for longer than their tasks allow. */
  timedOut(limit: number): Promise<TimedOutAttempt[]>;
  /** Takes back offers that nobody has claimed: their grant has run out, or their agent went offline. */
  takeUnclaimed(limit: number): Promise<(RunTaskInput & { taskToken: Uint8Array })[]>;
  /** Takes the entries of attempts that ended elsewhere: withdrawn, lost, or settled by a process that died then. */
  takeOver(limit: number): Promise<(RunTaskInput & FinishedAttempt)[]>;
  /** Attempts that were granted so long ago and not offered since: they wait for a worker, or one that had them died. In no order. */
  unoffered(agoMs: number, limit: number): Promise<UnofferedAttempt[]>;
}

export interface UnofferedAttempt extends RunTaskInput {
  /** Its grant has run out: nobody can offer it any more. */
  isOver: boolean;
}

export interface TimedOutAttempt {
  input: RunTaskInput;
  planName: string;
  /** Milliseconds since 1970. */
  begunAt: number;
  timeoutMs: number;
}
