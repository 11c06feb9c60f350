import type { CostRates } from '../agents/agent';
import type { Amounts } from '../budget/amounts';
import type { Json, JsonObject } from '../json';
import type { StrategyName } from '../routing/strategies';

/**
 * A plan after validation: defaults merged, shorthands expanded, durations in milliseconds.
 * The plan file is its written form (see contracts/schemas/plan-file.ts); its canonical JSON is what is hashed.
 */
export interface Plan {
  name: string;
  description?: string;
  inputs: Record<string, InputSpec>;
  /** Runs of the session that may be in flight at once. */
  concurrency: number;
  /** Wall clock of the session, pauses included. */
  timeoutMs?: number;
  /** Of the session, its child sessions included. */
  budget?: Amounts;
  /** Inline agents by name. */
  agents: Record<string, AgentSpec>;
  /** By name. Order carries no meaning. */
  tasks: Record<string, Task>;
  /** Values with `${{ }}` templates. */
  outputs: Record<string, Json>;
}

export type InputType = 'string' | 'number' | 'boolean' | 'array' | 'object';

export interface InputSpec {
  type: InputType;
  required: boolean;
  description?: string;
  default?: Json;
  enum?: Json[];
  minimum?: number;
  maximum?: number;
  /** A regular expression in RE2's syntax, for strings; matches anywhere unless it is anchored. */
  pattern?: string;
}

export interface Task {
  /** Names of the tasks that must have ended. */
  needs: string[];
  work: AgentWork | PlanWork;
  /** CEL; false skips the task. */
  condition?: string;
  /** A list, or a `${{ }}` template that yields one: one run per item. */
  forEach?: Json;
  /** Items in flight at once, within the session's concurrency. */
  maxParallel?: number;
  /** 1 (most urgent) to 5. */
  priority: number;
  /** Of one attempt. */
  timeoutMs: number;
  /** Of the task with all its attempts. */
  taskTimeoutMs?: number;
  retry: RetryPolicy;
  onFailure: FailurePolicy;
  /** Inline agent that takes the task when the retries of the first are used up; `onFailure` applies once its own are used up too. */
  fallback?: string;
  gate?: Gate;
  /** Of all attempts of the task, its items and its child sessions. */
  budget?: Amounts;
  /** The most that one attempt may use. */
  reserve?: Pick<Amounts, 'costMicros' | 'tokens'>;
  /** What becomes of the task where a budget has no room for an attempt. */
  onBudget: BudgetPolicy;
  /** What it needs for itself, or with other readers, while an attempt is in flight. */
  resources?: TaskResources;
  /** What kind of task it is, e.g. bug-fix; where it is absent, the name of the task says it. */
  type?: string;
  /** How hard it is taken to be. */
  complexity?: Complexity;
  /** Its prompts tell nothing of what earlier attempts showed. */
  insights?: false;
  /** Whether its attempts run inside the turn, where their agent can; as the agent says where it is absent. */
  inline?: boolean;
  /** The share of attempts, 0–1, that must succeed with the model which its agent uses; that of the workspace where it is absent. */
  quality?: { atLeast: number };
  /** The plan insists on the timeout and the retries that it has: evidence does not shorten them, also where they are the defaults. */
  learned?: false;
}

export const complexities = ['low', 'medium', 'high'] as const;
export type Complexity = (typeof complexities)[number];

/** `ask`: it waits, and somebody may let it go ahead. */
export type ConflictPolicy = 'wait' | 'refuse' | 'ask';

/** Resources as `kind:name`, with `${{ }}` templates; see domain/conflicts/resource.ts. */
export interface TaskResources {
  writes: string[];
  reads: string[];
  /** What becomes of a run that needs what others have. */
  onConflict: ConflictPolicy;
}

export interface AgentWork {
  kind: 'agent';
  agent: AgentChoice;
  prompt?: string;
  input?: Json;
  /** How many memories of its agent go before the prompt; as the agent says where it is absent. */
  remember?: number;
}

export interface PlanWork {
  kind: 'plan';
  plan: Plan;
  /** SHA-256 of the sub-plan's canonical JSON. */
  planHash: string;
  /**
   * Folder of the sub-plan's file, relative to the folder of the file that names it (`.` for the same, `/` as separator): the base of relative
   * paths inside the sub-plan. Never absolute, so that the hash does not depend on where the files lie.
   */
  directory: string;
  inputs: JsonObject;
}

/** A named inline agent, or a requirement that some of them meet. */
export type AgentChoice = { name: string } | AgentRequirement;

export interface AgentRequirement {
  /** At least one of capability and type is there. */
  capability?: string;
  /** Of the agent; see domain/agents/agent-type.ts. */
  type?: string;
  technologies: string[];
  tags: string[];
  prefer: string[];
  avoid: string[];
  /** Agents that never do it. */
  exclude?: string[];
  /** Earlier tasks whose agents are taken before others. */
  sameAs?: string[];
  /** Earlier tasks whose agents never do it. */
  notSameAs?: string[];
  /** How agents of the registry are chosen; that of the workspace where it is absent. */
  strategy?: StrategyName;
  /** So many different agents do it at once; the first success counts. */
  race?: number;
}

export interface RetryPolicy {
  /** Total tries of one agent, the first included. */
  attempts: number;
  initialIntervalMs: number;
  backoff: number;
  maxIntervalMs: number;
  /** Share of the interval that is random, 0–1. */
  jitter: number;
}

export type FailurePolicy = 'fail' | 'continue' | 'skip-dependents';

/** `ask`: the task waits for an approval. */
export type BudgetPolicy = 'fail' | 'ask';

export interface Gate {
  /** CEL over the attempt's `output` and the names a condition knows. */
  check: string;
  /** CEL over the same: how good an output is that has passed, 0–1. Absent: nobody measures it. */
  score?: string;
  onFailure: 'retry' | 'fail';
}

export type AgentSpec = CommandAgent | HttpAgent | A2aAgent | FunctionAgent | SimulatedAgent | TransformAgent;

interface AgentCommon {
  /** Where the plan says it; else it is the name of its connector. */
  type?: string;
  capabilities: string[];
  technologies: string[];
  tags: string[];
  /** Attempts of this agent in flight at once in one session; unlimited when absent. */
  maxConcurrent?: number;
  /** What an attempt is expected to cost. */
  cost?: CostRates;
  /** Its attempts are short: they run inside the turn; see domain/plan/inline.ts. */
  inline?: true;
}

export type OutputFormat = 'json' | 'text' | 'lines';

export interface CommandAgent extends AgentCommon {
  connector: 'command';
  /** argv; its items may hold `${{ }}` templates. */
  command: string[];
  /** Resolved against the plan file's folder, which is the default. */
  cwd?: string;
  /** Names let through from the host's environment, or the values to set. */
  env: string[] | Record<string, string>;
  stdin: 'json' | 'text' | 'none';
  output: OutputFormat;
}

export interface HttpAgent extends AgentCommon {
  connector: 'http';
  url: string;
  headers: Record<string, string>;
}

/** A service that speaks the Agent2Agent protocol. */
export interface A2aAgent extends AgentCommon {
  connector: 'a2a';
  url: string;
  /** How its requests are written: JSON-RPC, or HTTP with JSON. */
  transport: 'jsonrpc' | 'http+json';
  protocolVersion: '1.0' | '0.3';
  /** Which of the agents behind the address it is, where there are several. */
  tenant?: string;
  headers: Record<string, string>;
}

/** A function of a module, called by the process that runs the attempt. */
export interface FunctionAgent extends AgentCommon {
  connector: 'function';
  /** File and export: `./tools.mjs#resize`; without one, its default export. Relative to the plan file's folder. */
  module: string;
}

export interface SimulatedAgent extends AgentCommon {
  connector: 'simulated';
  latency: SimulatedLatency;
  output?: Json;
  /** Verdicts of the successive attempts of a task; the last one repeats. */
  script?: SimulatedVerdict[];
  /** 0–1, drawn from the seed of session, task and attempt; ignored when there is a script. */
  successRate: number;
  usage?: Usage;
}

/** A value that is computed from what the session knows. */
export interface TransformAgent extends AgentCommon {
  connector: 'transform';
  /** Holds `${{ }}` templates. */
  output: Json;
}

export type SimulatedLatency =
  | { kind: 'fixed'; ms: number }
  | { kind: 'uniform'; minMs: number; maxMs: number }
  | { kind: 'log-normal'; medianMs: number; p90Ms: number };

export type SimulatedVerdict = 'succeeded' | 'failed' | 'rate_limited' | 'timed_out';

/** What an attempt consumed. A part that is absent is unknown, never zero. */
export interface Usage {
  tokens?: number;
  costUsd?: number;
}
