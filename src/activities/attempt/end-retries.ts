import type { InsightReader } from '../../contracts/ports/insight-reader';
import type { RunTaskInput } from '../../contracts/protocol/activities';
import { kindOfTask } from '../../domain/learning/task-kind';
import { retriesInVain } from '../../domain/learning/insights/relevant';
import { leavesRetries } from '../../domain/plan/default-policies';
import type { Task } from '../../domain/plan/plan';
import { splitRunKey } from '../../domain/session/run-key';
import type { EvidenceSettings } from '../../domain/settings/evidence-settings';
import type { Conclusion } from './conclude';

export interface RetrySources {
  insights: Pick<InsightReader, 'holding'>;
  /** What the workspace lets evidence decide. */
  evidence(workspace: string): Promise<EvidenceSettings>;
}

/** What an attempt came to, and that it is not tried again where that never helped after such an error. Stored with the outcome, so it is decided once. */
export async function endRetries(
  { insights, evidence }: RetrySources,
  { workspace, session, run }: RunTaskInput,
  task: Task,
  conclusion: Conclusion,
): Promise<Conclusion> {
  const { verdict, retryable, error } = conclusion;
  if (verdict !== 'failed' || !retryable || error === undefined || !leavesRetries(task)) return conclusion;
  if (!(await evidence(workspace)).retries) return conclusion;
  const kind = kindOfTask(splitRunKey(run).name, task);
  const found = retriesInVain(await insights.holding(workspace), { ...kind, session, run, error });
  if (!found) return conclusion;
  // A line of its own: errors are told apart by their first.
  return { ...conclusion, retryable: false, error: `${error}\nIt is not tried again. ${found.says}` };
}
