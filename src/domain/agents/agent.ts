import type { ModelOption } from '../models/model-option';
import type { AgentSpec, FunctionAgent } from '../plan/plan';
import type { Without } from '../without';
import type { AgentProbe, AgentProgram } from './agent-programs';

/** How an agent is reached: the connector and its settings, without what the agent can do. */
export type ConnectorSpec = ReachedConnector | RemoteConnector;

/** Of an agent that a worker reaches. A function of a module belongs to the plan that it lies beside. */
export type ReachedConnector = Without<
  Exclude<AgentSpec, FunctionAgent>,
  'type' | 'capabilities' | 'technologies' | 'tags' | 'maxConcurrent' | 'cost' | 'inline'
>;

/** Of an agent that comes for its work. `function`: it is a function of a program of its owner. */
export interface RemoteConnector {
  connector: (typeof remoteConnectors)[number];
}

export const remoteConnectors = ['remote', 'function'] as const;

/** Whether agents of this connector come for their work. */
export function isRemoteConnector(connector: string): connector is RemoteConnector['connector'] {
  return remoteConnectors.some((name) => name === connector);
}

export interface Capability {
  name: string;
  /** How good the agent is at it, 0–1, as its owner says. */
  proficiency: number;
  /** What it knows in it, e.g. typescript. */
  technologies: string[];
}

/** What an attempt is expected to cost. A part that is absent is unknown, never zero. */
export interface CostRates {
  perAttemptUsd?: number;
  perHourUsd?: number;
}

/** An agent as its owner defines it, whatever the definition was written in. */
export interface AgentDefinition {
  /** Unique in its workspace. */
  name: string;
  description?: string;
  /** What kind of agent it is, where its owner says so; see agent-type.ts. */
  type?: string;
  connector: ConnectorSpec;
  /** Of a program: how it is looked at; see agent-programs.ts for what holds without it. */
  probe?: AgentProbe;
  /** Of a service: how it is restarted, by a worker of agents or its host. */
  restart?: AgentProgram;
  /** What it is told before every prompt. */
  instructions?: string;
  /** How many of its memories go before every prompt, unless the task says something else. */
  remember?: number;
  capabilities: Capability[];
  tags: string[];
  /** Attempts in flight at once, whatever sessions and workspaces they are of. */
  maxConcurrent: number;
  /** `100/1m`: how many may start in a window. */
  rateLimit?: string;
  cost: CostRates;
  /** What it can be told to use; which one is chosen for each attempt. */
  models?: ModelOption[];
  /** Whether agents and tasks of other workspaces may use it as well. */
  shared: boolean;
}

/** A definition in the registry of a workspace. */
export interface RegisteredAgent extends AgentDefinition {
  workspace: string;
  /** Takes no new work; once it is idle it can be removed. */
  draining: boolean;
  /** Counts on with each change. */
  revision: number;
  /** Milliseconds since 1970. */
  createdAt: number;
  updatedAt: number;
}

/** Of an agent: its workspace and its name. */
export interface AgentKey {
  workspace: string;
  name: string;
}

/**
 * What was measured of an agent: sums of its outcomes, from which rates and quantiles follow. Attempts that say nothing of the agent
 * (cancelled, rate-limited, lost with their worker) are not counted. Outcomes that fade count as less than one: see domain/learning.
 */
export interface AgentRecord {
  succeeded: number;
  failed: number;
  /** Sums of the natural logarithms of the durations in milliseconds of the successes, and of their squares. */
  logDurationSum: number;
  logDurationSquareSum: number;
  /** Of attempts, whatever they came to, of which the cost is known. */
  cost?: CostSums;
  /** Of successes whose quality was measured. */
  quality?: { count: number; sum: number };
  /** Of attempts that came after a failed one of the same run, and those of them that succeeded. */
  retries?: { count: number; succeeded: number };
}

export interface CostSums {
  count: number;
  sumUsd: number;
  /** Absent in what was stored before it was kept. */
  spread?: CostSpread;
}

/** How costs vary: of attempts that cost nothing their weight; of the others also the sums of the natural logarithms of dollars, and of their squares. */
export interface CostSpread {
  free: number;
  paid: number;
  logSum: number;
  logSquareSum: number;
}
