import type { AgentMemoryStore } from '../../contracts/ports/agent-memories';
import type { BegunAttempt } from '../../contracts/ports/attempt-store';
import type { AttemptReport } from '../../contracts/ports/connector';
import type { DiscoveryStore } from '../../contracts/ports/discovery-store';
import type { RunTaskInput } from '../../contracts/protocol/activities';
import { maskSecrets } from '../../domain/agents/mask-secrets';
import { OrchestraError } from '../../domain/errors';
import type { Evidence } from '../../domain/evidence';
import { claimOf, sharedIn } from '../../domain/learning/insights/discovery';
import { exampleAgent } from '../../domain/learning/insights/example';
import { kindOfTask } from '../../domain/learning/task-kind';
import { memoryOwner } from '../../domain/memory/memory';
import type { MemoryOwner, NewMemory } from '../../domain/memory/memory';
import { splitRunKey } from '../../domain/session/run-key';
import type { PreparedWork } from './attempt-request';

export interface SharedStores {
  discoveries: DiscoveryStore;
  memories: Pick<AgentMemoryStore, 'add'>;
}

/**
 * Keeps what the agent hands over for later, and notes it with the report. It comes before the settlement: an attempt that is settled twice says the
 * same twice, which is kept once.
 */
export async function keepShared(
  { discoveries, memories }: SharedStores,
  input: RunTaskInput,
  { agent, agentWorkspace, planName }: Pick<BegunAttempt, 'agent' | 'agentWorkspace' | 'planName'>,
  { task, secrets }: Pick<PreparedWork, 'task' | 'secrets'>,
  report: AttemptReport,
): Promise<AttemptReport> {
  const shared = sharedIn(report.output, (text) => maskSecrets(text, secrets));
  if (!shared) return report;
  const owner = agentWorkspace === undefined ? undefined : { workspace: agentWorkspace, name: agent };
  const name = exampleAgent(owner ?? { name: agent }, planName);
  const kind = kindOfTask(splitRunKey(input.run).name, task);
  if (shared.discoveries.length > 0) {
    const claims = shared.discoveries.map((one) => claimOf(name, one, kind));
    await discoveries.keep(input, name, claims);
  }
  let remembered = 0;
  // Agents of plans remember nothing.
  for (const memory of owner ? shared.memories : []) {
    if (owner && (await add(memories, memoryOwner(input.workspace, owner), memory))) remembered++;
  }
  const note = noteOf(shared.discoveries.length, remembered, shared.ignored + shared.memories.length - remembered);
  return { ...report, evidence: [...report.evidence, note] };
}

/** False where the agent was removed meanwhile, and has nothing to remember any more. */
async function add(memories: SharedStores['memories'], owner: MemoryOwner, memory: NewMemory): Promise<boolean> {
  try {
    await memories.add(owner, memory);
    return true;
  } catch (error) {
    if (!(error instanceof OrchestraError)) throw error;
    return false;
  }
}

function noteOf(discoveries: number, memories: number, ignored: number): Evidence {
  const parts = [
    ...(discoveries > 0 ? [discoveries === 1 ? '1 discovery' : `${discoveries} discoveries`] : []),
    ...(memories > 0 ? [memories === 1 ? '1 memory' : `${memories} memories`] : []),
  ];
  const kept = parts.length === 0 ? 'nothing was kept' : `${parts.join(' and ')} kept`;
  return { kind: 'shared', says: 'nothing', detail: `${kept}${ignored === 0 ? '' : `, ${ignored} ignored`}` };
}
