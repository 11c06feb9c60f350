import type { RunResult } from '../../domain/plan/task-results';

/** What the tasks of a session have come to, as the last committed turn left it. */
export interface UpstreamReader {
  /** The named tasks and the items of fan-outs among them. */
  runs(workspace: string, session: string, tasks: readonly string[]): Promise<RunResult[]>;
}
