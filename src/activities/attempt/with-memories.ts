import type { AgentMemoryStore } from '../../contracts/ports/agent-memories';
import type { AttemptWork } from '../../contracts/ports/connector';
import type { AgentKey } from '../../domain/agents/agent';
import { memoryOwner } from '../../domain/memory/memory';
import { promptWithMemories } from '../../domain/memory/prompt-with-memories';
import type { Task } from '../../domain/plan/plan';

/** An agent of the registry, with how many memories it says go before its prompts. */
export interface RememberingAgent {
  key: AgentKey;
  remember: number | undefined;
}

/** The work with what its agent remembers of the prompt before it, as its task says, or else the agent. */
export async function withMemories(
  memories: Pick<AgentMemoryStore, 'recall'>,
  work: AttemptWork,
  task: Task,
  { key, remember }: RememberingAgent,
): Promise<AttemptWork> {
  const ofTask = task.work.kind === 'agent' ? task.work.remember : undefined;
  const count = ofTask ?? remember ?? 0;
  if (count === 0 || work.prompt === null) return work;
  const found = await memories.recall(memoryOwner(work.workspace, key), work.prompt, count);
  return { ...work, prompt: promptWithMemories(work.prompt, found) };
}
