import type { AgentKey } from '../../domain/agents/agent';
import type { Assignment } from '../../domain/routing/assignment';
import type { Share } from '../../domain/routing/fair-order';
import type { Waiter } from '../../domain/routing/line-order';
import type { AgentRoom, LineRequirement } from './turn-store';

/** The line for agents of the registry, across sessions and workspaces. */
export interface WaitingLineStore {
  /** Runs `work` in a transaction, one at a time among all processes; undefined where another one is at it. */
  alone<T>(work: (line: WaitingLineTransaction) => Promise<T>): Promise<T | undefined>;
  /** Turns that were granted longer ago than `olderThanMs`, and whose sessions have not taken them in. */
  unacceptedGrants(olderThanMs: number, limit: number): Promise<GrantedTurn[]>;
}

export interface WaitingLineTransaction {
  /** Milliseconds since 1970. */
  now: number;
  requirements(): Promise<LineRequirement[]>;
  /** Of each requirement the first in line, so many at most; an older one may stand behind. */
  waiters(requirements: readonly LineRequirement[], limit: number): Promise<LineWaiter[]>;
  shares(workspaces: readonly string[]): Promise<Map<string, Share>>;
  /** Locks the waiters that still wait, and the room of the agents; what somebody else has locked is left out. */
  lock(waiters: readonly Waiter[], agents: readonly AgentKey[]): Promise<{ waiting: Set<string>; rooms: AgentRoom[] }>;
  /** Takes leases for locked waiters. */
  grant(turns: readonly NewGrant[]): Promise<GrantedTurn[]>;
}

export interface LineWaiter extends Waiter {
  attempt: number;
}

export interface NewGrant {
  waiter: LineWaiter;
  agent: AgentKey;
  assignment: Assignment;
}

/** What its session is to be told. */
export interface GrantedTurn {
  workspace: string;
  session: string;
  run: string;
  attempt: number;
  agent: AgentKey;
  token: number;
}

/** Tells waiters apart. */
export function waiterId({ workspace, session, run }: Pick<Waiter, 'workspace' | 'session' | 'run'>): string {
  return `${workspace}/${session}/${run}`;
}
