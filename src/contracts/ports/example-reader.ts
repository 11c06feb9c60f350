import type { AgentKey } from '../../domain/agents/agent';
import type { TaskTraits } from '../../domain/prediction/task-traits';

export interface ExampleQuery extends TaskTraits {
  /** The session that is asked about: its inputs have a size, and its own attempts are no past. */
  session?: string;
  /** Milliseconds since 1970; what ended later is left out. */
  before?: number;
}

/** An attempt of the past, as `orchestra explain SESSION RUN` tells more of it. */
export interface AttemptExample {
  session: string;
  run: string;
  attempt: number;
  /** Without a workspace it is one that its plan brought along. */
  agent: Partial<AgentKey> & { name: string };
  plan: string;
  taskType: string;
  /** 0–1. */
  similarity: number;
  verdict: string;
  error: string | null;
  durationMs: number | null;
  costUsd: number | null;
  /** Of the session's inputs, where they are kept still. */
  inputBytes: number | null;
  /** Milliseconds since 1970. */
  endedAt: number;
}

export interface Examples {
  /** Most like it first, of equals the latest. */
  attempts: AttemptExample[];
  /** Of the inputs of the session that is asked about, beside the largest of those looked at of the same type of task; null where too few are known. */
  inputs: { bytes: number; largestBytes: number; sessions: number } | null;
}

export interface ExampleReader {
  /** What became of attempts at tasks like this one, in the same workspace: `limit` of them. */
  examples(workspace: string, query: ExampleQuery, limit: number): Promise<Examples>;
}
