/** How often routing asked for what a process keeps at hand, and how often that had to be read from the database. */
export interface CacheCounts {
  asked: number;
  read: number;
}

/** What session workers say of their caches, in the workspace that they were started for. */
export interface WorkerCaches {
  /** Replaces what the worker said before. */
  report(workspace: string, worker: string, counts: CacheCounts): Promise<void>;
  /** Of the workers that were heard of in the last ten minutes. `at`: milliseconds since 1970. */
  list(workspace: string): Promise<(CacheCounts & { worker: string; at: number })[]>;
}
