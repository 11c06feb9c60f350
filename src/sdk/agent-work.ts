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
  /**
   * Where the session is traced: to be sent with requests that are part of the work, as the W3C's Trace Context has it. It is that of the span which the
   * work is in the OpenTelemetry of this program, where it has set up one.
   */
  traceparent?: string;
}

export interface WorkContext {
  /** Aborted when the attempt is cancelled, given up or has run into its timeout. */
  signal: AbortSignal;
  /** Percent (0–100) and a message, of which the first 500 characters are told; sent with the next heartbeat. */
  progress(update: { percent?: number; message?: string }): void;
  /** What the attempt has used so far, and how the agent worked; what is said later takes the place of what was said before, part by part. */
  used(usage: WorkUsage): void;
}

/** What is left out is unknown: without tokens and cost the attempt keeps all that was reserved for it. */
export interface WorkUsage {
  /** The sum of input and output where it is left out. */
  tokens?: number;
  inputTokens?: number;
  outputTokens?: number;
  /** Of the input tokens, those that came from a cache. */
  cachedInputTokens?: number;
  /** US dollars. Where it is left out, it follows from the model and its tokens. */
  costUsd?: number;
  model?: string;
  /** Names of the tools that were used, in order, one a call. */
  tools?: string[];
  /** Paths. */
  filesChanged?: string[];
  /** That were exchanged with the model. */
  messages?: number;
}
