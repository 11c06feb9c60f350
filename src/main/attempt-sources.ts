import type { AttemptDependencies } from '../activities/attempt/run-attempt';
import type { WorkspaceSettings } from '../domain/settings/workspace-settings';
import { createAgentSource } from '../stores/agent-source';
import { createDiscoveryStore } from '../stores/discoveries';
import { createInsightReader } from '../stores/insights';
import { createUpstreamReader } from '../stores/upstream';
import type { Installation } from './installation';
import { openMemories } from './open-memories';
import type { Report } from './report';

/** What attempts are prepared from and judged by, wherever they run. `settingsOf`: what their workspaces say of prices and evidence. */
export function attemptSources(
  { pool, plans, artifacts, agentSecrets, configuration }: Installation,
  settingsOf: (workspace: string) => Promise<Pick<WorkspaceSettings, 'prices' | 'evidence'>>,
  report: Report,
): Omit<AttemptDependencies, 'connectors'> {
  return {
    agents: createAgentSource(pool, agentSecrets),
    plans,
    artifacts,
    upstream: createUpstreamReader(pool),
    memories: openMemories(pool, configuration, report),
    insights: createInsightReader(pool, Date.now),
    discoveries: createDiscoveryStore(pool),
    prices: async (workspace) => (await settingsOf(workspace)).prices,
    evidence: async (workspace) => (await settingsOf(workspace)).evidence,
    now: Date.now,
  };
}
