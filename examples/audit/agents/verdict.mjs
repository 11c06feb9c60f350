// For continuous integration: is there a finding as bad as `failOn`, or worse?
import { runAgent } from './shared/agent.mjs';
import { severities } from './shared/severities.mjs';

runAgent(async ({ failOn, bySeverity }) => {
  const counted = severities.slice(0, severities.indexOf(failOn) + 1);
  return { tooBad: counted.reduce((sum, severity) => sum + bySeverity[severity], 0) };
});
