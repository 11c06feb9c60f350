import { modelCosts } from '../models/model-costs';
import { emptyRecord, outcomesIn, together } from '../learning/record-sums';
import type { AgentRecord } from '../agents/agent';
import { upsert } from '../upsert';
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

/** What all agents of a workspace came to with a model. */
export type ModelRecords = ReadonlyMap<string, ReadonlyMap<string, AgentRecord>>;

export function modelRecords(profiles: readonly AgentProfile[]): ModelRecords {
  const sums = new Map<string, Map<string, AgentRecord>>();
  for (const { workspace, modelRecords: own } of profiles) {
    for (const [model, { record }] of own ?? []) {
      const ofWorkspace = upsert(sums, workspace, () => new Map<string, AgentRecord>());
      ofWorkspace.set(model, together(ofWorkspace.get(model) ?? emptyRecord, record));
    }
  }
  return sums;
}

/** The profile, with what is known of models in its workspace and what its own cost, where it has models. */
export function withModelRecords(profile: AgentProfile, records: ModelRecords): AgentProfile {
  if (!profile.models) return profile;
  const ofModels = records.get(profile.workspace);
  const known = { ...profile, ...(ofModels && { ofModels }) };
  return { ...known, modelCosts: modelCosts(profile.models, known) };
}
