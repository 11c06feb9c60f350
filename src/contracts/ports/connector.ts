import type { AttemptEvidence } from '../../domain/evidence';
import type { Json } from '../../domain/json';
import type { AgentSpec } from '../../domain/plan/plan';
import type { ReportedUsage } from '../../domain/usage/usage-reports';

/**
 * How an agent is reached. A connector runs one attempt and reports what it saw; it never decides whether the
 * attempt succeeded (see domain/judge.ts), never retries, and never writes to a store.
 *
 * Contract: `run` settles once the agent has really stopped, whether it ended by itself or `context.signal` was
 * aborted (the timeout of the attempt is such an abort). It rejects only for faults of the orchestrator itself; everything
 * an agent can do wrong is part of the report. The report of an aborted attempt holds evidence `aborted`, unless the agent had ended
 * before; whether that is `cancelled` or `timed_out` is for whoever aborted it to say.
 */
export interface Connector<Spec extends AgentSpec = AgentSpec> {
  run(request: AttemptRequest<Spec>, context: AttemptContext): Promise<AttemptReport>;
  /** Looks whether an agent could be asked, without giving it work. Never rejects. Absent where it cannot be told from here: programs run on whatever machine takes them on. */
  probe?(agent: Spec, signal: AbortSignal): Promise<ProbeReport>;
}

/** `unknown`: it cannot be told from here. */
export interface ProbeReport {
  says: 'reachable' | 'unreachable' | 'unknown';
  /** E.g. `HTTP 503`, `ECONNREFUSED`. */
  detail: string;
}

/** The connector of each kind of agent: `connectors[request.agent.connector].run(request, context)`. */
export type Connectors = Readonly<Record<AgentSpec['connector'], Connector>>;

/** One attempt, with all templates rendered. */
export interface AttemptRequest<Spec extends AgentSpec = AgentSpec> extends AttemptWork {
  /** The agent's specification; templates in it are rendered. */
  agent: Spec;
  /** What kind of agent it is, of an agent of the registry; of others their connector says it. */
  agentType?: string;
}

/** What an attempt is to do, whatever does it. */
export interface AttemptWork {
  workspace: string;
  session: string;
  /** Task name, with the index for an item of a fan-out: `each[3]`. */
  task: string;
  /** 1-based. */
  attempt: number;
  /** `workspace/session/task`: the same for every attempt of a task, so that an agent can recognise work it has done. */
  idempotencyKey: string;
  agentName: string;
  /** What an agent of the registry is told before every prompt. */
  instructions: string | null;
  /** That it is told to use, where it has several. */
  model?: string;
  prompt: string | null;
  input: Json;
  /** What upstream tasks of the session came to, by task name: status and error. */
  context: Json;
  /** Folder that relative paths of the agent are resolved against. */
  baseDirectory: string;
}

export interface AttemptContext {
  /** Aborted on cancel, pause --now, timeout and shutdown of the worker. */
  signal: AbortSignal;
  /** The `traceparent` that the agent is told, where the attempt is traced. */
  trace?: string;
  /** Reports progress. Calls are cheap: the caller thins them out. */
  progress(update: AttemptProgress): void;
}

export interface AttemptProgress {
  /** 0–100. */
  percent?: number;
  /** At most 500 characters. */
  message?: string;
}

/** What was seen of one attempt: its evidence (see domain/evidence.ts) and what the agent handed over. */
export interface AttemptReport extends AttemptEvidence {
  /** What the agent handed over; null where there is none. */
  output: Json;
  /** Unknown where absent. */
  usage?: ReportedUsage;
  /** The agent asks to be left alone for so long. */
  retryAfterMs?: number;
}
