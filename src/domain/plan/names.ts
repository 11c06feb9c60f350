/** Tasks and inputs: identifiers, so that they read well in CEL. */
export const identifierPattern = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** Plans, agents and capabilities. */
export const namePattern = /^[A-Za-z0-9_.-]{1,63}$/;

/** Agents of the registry: `writer`, or `writer@laptop` for the one on that host. */
export const instancePattern = /^[A-Za-z0-9_.-]{1,63}(@[A-Za-z0-9_.-]{1,63})?$/;

/** Keys that reach into JavaScript's prototypes when they are assigned carelessly; no plan may use them. */
export const refusedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const runAgentPrefix = 'run:';

/** Name of the anonymous agent behind a `run:` task. No name in a plan file can have the colon. */
export function runAgentName(taskName: string): string {
  return `${runAgentPrefix}${taskName}`;
}

/** The task whose `run:` made the agent; undefined for an agent that the plan names itself. */
export function taskOfRunAgent(agentName: string): string | undefined {
  return agentName.startsWith(runAgentPrefix) ? agentName.slice(runAgentPrefix.length) : undefined;
}
