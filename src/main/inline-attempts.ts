import { createInlineAttempts } from '../activities/inline-attempts';
import { createInlineConnectors } from '../connectors/create-connectors';
import type { InlineAttempts } from '../contracts/ports/inline-attempts';
import type { AgentDirectory } from '../contracts/ports/agent-directory';
import { createAgentMemoryStore } from '../stores/agent-memories';
import { createAgentSource } from '../stores/agent-source';
import { createDiscoveryStore } from '../stores/discoveries';
import { createInsightReader } from '../stores/insights';
import { createUpstreamReader } from '../stores/upstream';
import { observeConnectors } from '../telemetry/observe-connectors';
import { traceInlineAttempts } from '../telemetry/trace-activities';
import type { Installation } from './installation';

/** So many attempts at once run in the process that takes the turns; more are left to agent workers. */
const capacity = 100;

export function inlineAttempts(
  { pool, plans, artifacts, agentSecrets, telemetry }: Installation,
  directory: Pick<AgentDirectory, 'settings'>,
): InlineAttempts {
  const inline = createInlineAttempts(
    {
      agents: createAgentSource(pool, agentSecrets),
      plans,
      artifacts,
      upstream: createUpstreamReader(pool),
      memories: createAgentMemoryStore(pool),
      discoveries: createDiscoveryStore(pool),
      insights: createInsightReader(pool, Date.now),
      connectors: observeConnectors(createInlineConnectors({ now: Date.now }), telemetry),
      prices: async (workspace) => (await directory.settings(workspace)).prices,
      evidence: async (workspace) => (await directory.settings(workspace)).evidence,
      now: Date.now,
    },
    { capacity },
  );
  return traceInlineAttempts(inline, telemetry.tracing);
}
