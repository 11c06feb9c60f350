import type { AgentSpec, Task } from './plan';

/** Connectors whose attempts can run in the process that takes the turns: they wait and compute, and start no programs. */
const able: ReadonlySet<string> = new Set<AgentSpec['connector']>(['transform', 'function', 'http', 'simulated']);

export function canRunInline({ connector }: { connector: string }): boolean {
  return able.has(connector);
}

/** Whether attempts of the task by the agent run inside the turn: as the task says, or else the agent. */
export function isInline({ inline }: Pick<Task, 'inline'>, agent: Pick<AgentSpec, 'connector' | 'inline'>): boolean {
  return canRunInline(agent) && (inline ?? agent.inline ?? false);
}
