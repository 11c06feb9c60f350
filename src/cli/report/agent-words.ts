/** The name of an agent as a user knows it: tasks with `run` and sub-plans have no agent of their own. */
export function agentWords(agent: string): string {
  if (agent.startsWith('run:')) return 'run';
  return agent === 'session' ? 'sub-plan' : agent;
}
