/** A piece of work: one attempt of a task. */
export interface AgentWork {
  workspace: string;
  session: string;
  /** With the index for an item of a fan-out: `each[3]`. */
  task: string;
  attempt: number;
  /** Fencing token of the attempt. */
  token: number;
  /** The same for every attempt of a task: by it an agent recognises work that it has done. */
  idempotencyKey: string;
  /** What the agent is told before every prompt. */
  instructions?: string;
  /** The model that it is told to use, where its definition names several. */
  model?: string;
  prompt: string | null;
  input: unknown;
  /** What the tasks before came to, by name: status and error. */
  context: unknown;
  /** The attempt is stopped after so long. */
  timeoutMs: number;
  leaseMs: number;
}

export interface WorkContext {
  /** Aborted when the attempt is cancelled, given up or has run into its timeout. */
  signal: AbortSignal;
  /** Percent (0–100) and a message, of which the first 500 characters are told; sent with the next heartbeat. */
  progress(update: { percent?: number; message?: string }): void;
  /** What the attempt has used. Unknown where it is not called: the attempt keeps all that was reserved for it. */
  used(usage: {
    tokens?: number;
    costUsd?: number;
    model?: string;
    tools?: string[];
    filesChanged?: string[];
    messages?: number;
  }): void;
}
