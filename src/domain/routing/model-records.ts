import { modelCosts } from '../models/model-costs';
import { emptyRecord, together } from '../learning/record-sums';
import type { AgentRecord } from '../agents/agent';
import { upsert } from '../upsert';
import { changingViews, viewsOf } from './agent-profile';
import type { AgentProfile } from './agent-profile';

/** What all agents of a workspace came to with a model. */
export type ModelRecords = ReadonlyMap<string, ReadonlyMap<string, AgentRecord>>;

export function modelRecords(profiles: readonly AgentProfile[]): ModelRecords {
  const sums = new Map<string, Map<string, AgentRecord>>();
  for (const [workspace, { modelRecords: own }] of profiles.flatMap((profile) => [...viewsOf(profile)])) {
    for (const [model, { record }] of own ?? []) {
      const ofWorkspace = upsert(sums, workspace, () => new Map<string, AgentRecord>());
      ofWorkspace.set(model, together(ofWorkspace.get(model) ?? emptyRecord, record));
    }
  }
  return sums;
}

/** The profile, with what is known of models in each workspace that sees it, and what its own cost there, where it has models. */
export function withModelRecords(profile: AgentProfile, records: ModelRecords): AgentProfile {
  const { models } = profile;
  if (!models) return profile;
  return changingViews(profile, (seen, workspace) => {
    const ofModels = workspace === undefined ? undefined : records.get(workspace);
    const known = { ...seen, ...(ofModels && { ofModels }) };
    return { ...known, modelCosts: modelCosts(models, known) };
  });
}
