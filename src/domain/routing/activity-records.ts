import type { AgentRecord } from '../agents/agent';
import { activityKey, isOfOneType } from '../learning/belief';
import type { Activity } from '../learning/belief';
import { emptyRecord, together, without } from '../learning/record-sums';
import type { AgentProfile } from './agent-profile';

interface Sum {
  record: AgentRecord;
  agents: number;
}

/** What all agents of a workspace together came to at tasks of a type: kept true by single changes, so that nobody has to look at thousands of them. */
export class ActivityRecords {
  private readonly sums = new Map<string, Sum>();

  add({ workspace, records }: AgentProfile): void {
    for (const [key, record] of records ?? []) {
      if (!isOfOneType(key)) continue;
      const { record: sum, agents } = this.sums.get(id(workspace, key)) ?? { record: emptyRecord, agents: 0 };
      this.sums.set(id(workspace, key), { record: together(sum, record), agents: agents + 1 });
    }
  }

  /** Takes out what was added with this profile. */
  take({ workspace, records }: AgentProfile): void {
    for (const [key, record] of records ?? []) {
      const known = this.sums.get(id(workspace, key));
      // With the last of them goes what rounding has left.
      if (known && known.agents <= 1) this.sums.delete(id(workspace, key));
      else if (known)
        this.sums.set(id(workspace, key), { record: without(known.record, record), agents: known.agents - 1 });
    }
  }

  of(workspace: string, activity: Activity): AgentRecord {
    return this.sums.get(id(workspace, activityKey(activity)))?.record ?? emptyRecord;
  }
}

function id(workspace: string, key: string): string {
  return `${workspace} ${key}`;
}
