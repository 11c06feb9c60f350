/** The name of an agent as a user knows it: sub-plans and tasks that say what they do themselves have no agent of their own. */
export function agentWords(agent: string): string {
  const [shorthand = agent, task] = agent.split(':');
  if (task !== undefined) return shorthand;
  return agent === 'session' ? 'sub-plan' : agent;
}
