import { agentKey, splitInstance } from '../../domain/agents/agent-ref';

/** The Temporal task queue of a host: only its own worker takes from it. */
export function hostQueue(taskQueue: string, { workspace, name }: { workspace: string; name: string }): string {
  return `${taskQueue}@${workspace}/${name}`;
}

/** The task queue that attempts of an agent go to. `agent`: as `agentRef` names it in `workspace`. */
export function queueOf(taskQueue: string, agent: string, workspace: string): string {
  const key = agentKey(agent, workspace);
  const { host } = splitInstance(key.name);
  return host === undefined ? taskQueue : hostQueue(taskQueue, { workspace: key.workspace, name: host });
}

/** The task queue of the activities that learn. Their workflow is taken on by session workers. */
export function learningQueue(taskQueue: string): string {
  return `${taskQueue}.learning`;
}

/** The task queue of the activities that look after health, likewise. */
export function healthQueue(taskQueue: string): string {
  return `${taskQueue}.health`;
}

/** The id of the workflow that mines: one at a time for each queue. */
export function miningId(taskQueue: string): string {
  return `${taskQueue}.mining`;
}
