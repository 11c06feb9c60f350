import type { WorkerDuties } from '../workers/orchestra-worker';

/** A part of the work that the worker of this process takes on, and what goes with it. */
export interface Duty {
  takesOn: WorkerDuties;
  /** Resolves once the first piece of work takes no longer than those after it. */
  warm?: Promise<void>;
  /** Has what is under way stop, before the worker waits for it. */
  stopWork(): void;
  /** Ends what goes with it, after the worker has ended. */
  close(): Promise<void>;
}
