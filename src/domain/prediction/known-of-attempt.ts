import type { AgentRecord } from '../agents/agent';
import { activityKey, isOfOneType } from '../learning/belief';
import type { Activity } from '../learning/belief';
import { emptyRecord, together, without } from '../learning/record-sums';

/** What is known before an attempt, as sums of outcomes; no outcome is in two of them. Plain JSON. */
export interface KnownOfAttempt {
  /** Of tasks. */
  taskType: string;
  /** Of tasks of that type by the same agent. */
  same: AgentRecord;
  /** Of tasks of that type by other agents. */
  byOthers: AgentRecord;
  /** Of tasks of other types by the same agent. */
  elsewhere: AgentRecord;
}

/** `ofAll`: what all agents together came to at the activity, the agent among them if it is `isAmongThem`. */
export function knownOfAttempt(
  { record, records }: { record: AgentRecord; records?: ReadonlyMap<string, AgentRecord> },
  activity: Activity & { taskType: string },
  { ofAll, isAmongThem }: { ofAll: AgentRecord; isAmongThem: boolean },
): KnownOfAttempt {
  const key = activityKey(activity);
  const same = records?.get(key) ?? emptyRecord;
  const others = [...(records ?? [])].filter(([other]) => other !== key && isOfOneType(other));
  return {
    taskType: activity.taskType,
    same,
    byOthers: isAmongThem ? without(ofAll, same) : ofAll,
    elsewhere: records ? others.reduce((sum, [, other]) => together(sum, other), emptyRecord) : record,
  };
}
