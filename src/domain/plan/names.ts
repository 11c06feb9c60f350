/** Tasks and inputs: identifiers, so that they read well in CEL. */
export const identifierPattern = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** Plans, agents and capabilities. */
export const namePattern = /^[A-Za-z0-9_.-]{1,63}$/;

/** Agents of the registry: `writer`, or `writer@laptop` for the one on that host. */
export const instancePattern = /^[A-Za-z0-9_.-]{1,63}(@[A-Za-z0-9_.-]{1,63})?$/;

/** Keys that reach into JavaScript's prototypes when they are assigned carelessly; no plan may use them. */
export const refusedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Keys of a task that say what it does in place of an agent. */
export type Shorthand = 'run' | 'transform';

/** Name of the anonymous agent behind a task that says what it does itself. No name in a plan file can have the colon. */
export function anonymousAgentName(shorthand: Shorthand, taskName: string): string {
  return `${shorthand}:${taskName}`;
}

/** The task whose shorthand made the agent; undefined for an agent that the plan names itself. */
export function taskOfAnonymousAgent(agentName: string): string | undefined {
  return /^(?:run|transform):(.*)$/.exec(agentName)?.[1];
}
