import type { AgentKey } from '../agents/agent';
import { splitInstance } from '../agents/agent-ref';
import { OrchestraError } from '../errors';

/** `fact`: what is so. `experience`: what came of something that was done. */
export type MemoryKind = (typeof memoryKinds)[number];

export const memoryKinds = ['fact', 'experience'] as const;

/** What an agent remembers, in a workspace that it works for. Never of the work for another one. */
export interface MemoryOwner {
  workspace: string;
  agent: AgentKey;
}

export interface NewMemory {
  kind: MemoryKind;
  text: string;
}

export interface Memory extends NewMemory {
  /** Follows from kind and text: the same, told again, is one memory. */
  id: string;
  /** Milliseconds since 1970; when it was told last. */
  createdAt: number;
  /** How often an attempt was given it. */
  recalled: number;
  /** Null for never. */
  recalledAt: number | null;
}

/** Characters. */
export const maxMemoryText = 2_000;

/** Whose memories they are: what an agent learns on one host, it knows on all. */
export function memoryOwner(workspace: string, agent: AgentKey): MemoryOwner {
  return { workspace, agent: { workspace: agent.workspace, name: splitInstance(agent.name).agent } };
}

/** Without what surrounds the text. Throws MEMORY_INVALID. */
export function checkMemory({ kind, text }: { kind: string; text: string }): NewMemory {
  const trimmed = text.trim();
  const known = memoryKinds.find((one) => one === kind);
  if (!known) throw invalid(`its kind must be ${memoryKinds.join(' or ')}, not "${kind}"`);
  if (trimmed === '') throw invalid('its text is empty');
  if (trimmed.length > maxMemoryText) {
    throw invalid(`its text has ${trimmed.length} characters, at most ${maxMemoryText} are allowed`);
  }
  return { kind: known, text: trimmed };
}

function invalid(fault: string): OrchestraError {
  return new OrchestraError('MEMORY_INVALID', `This is nothing to remember: ${fault}. Nothing was stored.`);
}
