/** The Temporal task queues. `prefix` keeps installations and tests apart that share a namespace. */
export function taskQueues(prefix: string): TaskQueues {
  return { sessions: `${prefix}.sessions`, agents: `${prefix}.agents` };
}

export interface TaskQueues {
  /** Session workflows and their turns. */
  sessions: string;
  /** Attempts of agents that every host can reach. */
  agents: string;
}
