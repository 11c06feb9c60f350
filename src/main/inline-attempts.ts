import { createInlineAttempts } from '../activities/inline-attempts';
import { createInlineConnectors } from '../connectors/create-connectors';
import type { InlineAttempts } from '../contracts/ports/inline-attempts';
import type { AgentDirectory } from '../contracts/ports/agent-directory';
import type { FunctionDependencies } from '../connectors/function';
import { observeConnectors } from '../telemetry/observe-connectors';
import { traceInlineAttempts } from '../telemetry/trace-activities';
import { turnsAtOnce } from '../workers/orchestra-worker';
import { attemptSources } from './attempt-sources';
import type { Installation } from './installation';
import type { Report } from './report';

/** So many attempts at once run in the process that takes the turns; more are left to agent workers. */
const capacity = 200;

export function inlineAttempts(
  installation: Installation,
  directory: Pick<AgentDirectory, 'settings'>,
  functions: FunctionDependencies,
  report: Report,
): InlineAttempts {
  const { telemetry } = installation;
  const inline = createInlineAttempts(
    {
      ...attemptSources(installation, directory.settings, report),
      connectors: observeConnectors(createInlineConnectors({ now: Date.now, ...functions }), telemetry),
    },
    // The other half of its turns are for sessions that come now.
    { capacity, crowd: turnsAtOnce / 2 },
  );
  return traceInlineAttempts(inline, telemetry.tracing);
}
