import type { AgentKey } from '../../agents/agent';
import type { Complexity } from '../../plan/plan';
import { agentId } from '../../agents/agent-ref';

/** An attempt that has ended, as something to learn from. */
export interface Example {
  session: string;
  run: string;
  attempt: number;
  /** See `exampleAgent`. */
  agent: string;
  /** That its task asked for; empty where it names its agent. */
  capability: string;
  taskType: string;
  technologies: readonly string[];
  /** Absent where nobody says it. */
  complexity?: Complexity;
  /** Empty where it was done elsewhere. */
  plan: string;
  task: string;
  /** Of what the task gave its agent: prompt and input, as they were rendered. */
  inputBytes: number | null;
  succeeded: boolean;
  timedOut: boolean;
  /** 0–1: with what people say of it. */
  success: number;
  errorClass?: string;
  /** Milliseconds since 1970. */
  startedAt: number | null;
  endedAt: number;
  durationMs: number | null;
  costUsd: number | null;
  tokens: number | null;
  /** What the agent says; null where it does not. */
  model: string | null;
  tools: readonly string[] | null;
  filesChanged: readonly string[] | null;
  messages: number | null;
  /** Of an attempt, by the plan; null where it was done elsewhere. */
  timeoutMs: number | null;
  /** Agents whose results it went on from. */
  wentOnFrom: readonly string[];
  /** Of the task, from the moment at which all it needs was there. */
  waitedMs: number | null;
  /** Ids of the insights that its prompt told. */
  applied: readonly string[];
}

/** Agents of registries by workspace and name; those that plans bring along by plan and name: another plan's agent of that name is another. */
export function exampleAgent(agent: Partial<AgentKey> & { name: string }, plan: string): string {
  const { workspace, name } = agent;
  return workspace === undefined ? `${plan}:${name}` : agentId({ workspace, name });
}

/** Sizes that are told apart: each ten times the one before. */
export function inputSize(bytes: number): string {
  if (bytes < 1_000) return 'below 1 kB';
  if (bytes < 10_000) return '1 to 10 kB';
  return bytes < 100_000 ? '10 to 100 kB' : 'from 100 kB';
}
