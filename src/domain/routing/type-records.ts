import { emptyRecord, outcomesIn, together } from '../learning/record-sums';
import type { AgentRecord } from '../agents/agent';
import type { AgentProfile } from './agent-profile';

/** What all agents of a type in a workspace came to. */
export type TypeRecords = ReadonlyMap<string, AgentRecord>;

const keyOf = ({ workspace, type }: AgentProfile): string => JSON.stringify([workspace, type]);

export function typeRecords(profiles: readonly AgentProfile[]): TypeRecords {
  const sums = new Map<string, AgentRecord>();
  for (const profile of profiles) {
    if (outcomesIn(profile.record) === 0) continue;
    const key = keyOf(profile);
    sums.set(key, together(sums.get(key) ?? emptyRecord, profile.record));
  }
  return sums;
}

/** The profile, with what is known of its type, where that is anything. */
export function withTypeRecord(profile: AgentProfile, records: TypeRecords): AgentProfile {
  const ofType = records.get(keyOf(profile));
  return ofType ? { ...profile, ofType } : profile;
}
