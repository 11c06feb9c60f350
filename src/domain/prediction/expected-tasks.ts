import type { AgentRecord } from '../agents/agent';
import { activityKey } from '../learning/belief';
import type { Cell } from '../learning/cells';
import type { SuccessPrior } from '../learning/measured';
import { emptyRecord, outcomesIn } from '../learning/record-sums';
import { expectedAttempt } from './expected-attempt';
import type { ExpectedAttempt } from './expected-attempt';
import { knownOfAttempt } from './known-of-attempt';

/** What is to be expected of an agent in a type of task that it has done. */
export interface ExpectedTask extends ExpectedAttempt {
  /** That was asked for; empty: none. */
  capability: string;
  taskType: string;
}

const shownTasks = 10;

/** The types of tasks of which most is known. */
export function tasksToExpect(cells: readonly Cell[]): Cell[] {
  return cells
    .filter(({ taskType, model }) => taskType !== '' && model === undefined)
    .sort((a, b) => outcomesIn(b.record) - outcomesIn(a.record) || (a.taskType < b.taskType ? -1 : 1))
    .slice(0, shownTasks);
}

/** As routing would predict it. `cells`: all of the agent; `ofAll`: what all agents came to at the task, this one among them. */
export function expectedTask(
  cells: readonly Cell[],
  { capability, taskType }: Cell,
  ofAll: AgentRecord,
  prior: SuccessPrior,
): ExpectedTask {
  const records = new Map(cells.map((cell) => [activityKey(cell), cell.record]));
  const record = records.get(activityKey({})) ?? emptyRecord;
  const known = knownOfAttempt({ record, records }, { capability, taskType }, { ofAll, isAmongThem: true });
  return { capability, taskType, ...expectedAttempt(known, prior) };
}
