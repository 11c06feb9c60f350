import { createInlineAttempts } from '../activities/inline-attempts';
import { createInlineConnectors } from '../connectors/create-connectors';
import type { InlineAttempts } from '../contracts/ports/inline-attempts';
import type { AgentDirectory } from '../contracts/ports/agent-directory';
import type { FunctionDependencies } from '../connectors/function';
import { createAgentSource } from '../stores/agent-source';
import { createDiscoveryStore } from '../stores/discoveries';
import { createInsightReader } from '../stores/insights';
import { createUpstreamReader } from '../stores/upstream';
import { observeConnectors } from '../telemetry/observe-connectors';
import { traceInlineAttempts } from '../telemetry/trace-activities';
import { turnsAtOnce } from '../workers/orchestra-worker';
import type { Installation } from './installation';
import { openMemories } from './open-memories';
import type { Report } from './report';

/** So many attempts at once run in the process that takes the turns; more are left to agent workers. */
const capacity = 200;

export function inlineAttempts(
  { pool, plans, artifacts, agentSecrets, configuration, telemetry }: Installation,
  directory: Pick<AgentDirectory, 'settings'>,
  functions: FunctionDependencies,
  report: Report,
): InlineAttempts {
  const inline = createInlineAttempts(
    {
      agents: createAgentSource(pool, agentSecrets),
      plans,
      artifacts,
      upstream: createUpstreamReader(pool),
      memories: openMemories(pool, configuration, report),
      discoveries: createDiscoveryStore(pool),
      insights: createInsightReader(pool, Date.now),
      connectors: observeConnectors(createInlineConnectors({ now: Date.now, ...functions }), telemetry),
      prices: async (workspace) => (await directory.settings(workspace)).prices,
      evidence: async (workspace) => (await directory.settings(workspace)).evidence,
      now: Date.now,
    },
    // The other half of its turns are for sessions that come now.
    { capacity, crowd: turnsAtOnce / 2 },
  );
  return traceInlineAttempts(inline, telemetry.tracing);
}
