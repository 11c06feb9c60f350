import type { AgentRecord } from '../agents/agent';
import { activityKey, isOfOneType } from '../learning/belief';
import type { Activity } from '../learning/belief';
import { emptyRecord, together, without } from '../learning/record-sums';
import { viewsOf } from './agent-profile';
import type { AgentProfile } from './agent-profile';

interface Sum {
  record: AgentRecord;
  agents: number;
}

/** What all agents of a workspace together came to at tasks of a type: kept true by single changes, so that nobody has to look at thousands of them. */
export class ActivityRecords {
  private readonly sums = new Map<string, Sum>();

  add(profile: AgentProfile): void {
    for (const [key, record] of ofOneType(profile)) {
      const { record: sum, agents } = this.sums.get(key) ?? { record: emptyRecord, agents: 0 };
      this.sums.set(key, { record: together(sum, record), agents: agents + 1 });
    }
  }

  /** Takes out what was added with this profile. */
  take(profile: AgentProfile): void {
    for (const [key, record] of ofOneType(profile)) {
      const known = this.sums.get(key);
      // With the last of them goes what rounding has left.
      if (known && known.agents <= 1) this.sums.delete(key);
      else if (known) this.sums.set(key, { record: without(known.record, record), agents: known.agents - 1 });
    }
  }

  of(workspace: string, activity: Activity): AgentRecord {
    return this.sums.get(id(workspace, activityKey(activity)))?.record ?? emptyRecord;
  }
}

/** Of each workspace that knows the agent. */
function* ofOneType(profile: AgentProfile): Generator<[id: string, record: AgentRecord]> {
  for (const [workspace, { records }] of viewsOf(profile)) {
    for (const [key, record] of records ?? []) if (isOfOneType(key)) yield [id(workspace, key), record];
  }
}

function id(workspace: string, key: string): string {
  return `${workspace} ${key}`;
}
