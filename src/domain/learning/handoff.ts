import type { AgentKey } from '../agents/agent';
import { agentId } from '../agents/agent-ref';

/** The attempt of an earlier task whose result another attempt was given. Plain JSON. */
export interface Handoff {
  run: string;
  attempt: number;
  /** Whose registry has its agent; null for an agent that the plan brings along. */
  workspace: string | null;
  agent: string;
}

/** Those of agents of registries, each once: only they are known from one session to the next. */
export function giversOf(handoffs: readonly Handoff[]): AgentKey[] {
  const givers = handoffs.flatMap(({ workspace, agent }) => (workspace === null ? [] : [{ workspace, name: agent }]));
  return [...new Map(givers.map((giver) => [agentId(giver), giver])).values()];
}
