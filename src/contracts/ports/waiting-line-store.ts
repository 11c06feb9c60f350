import type { AgentKey } from '../../domain/agents/agent';
import type { Assignment } from '../../domain/routing/assignment';
import type { AccountLimit, Balance, WorkspaceLimit } from '../../domain/budget/accounts';
import type { LinePosition } from '../../domain/line-position';
import type { Amounts } from '../../domain/budget/amounts';
import type { Share } from '../../domain/routing/fair-order';
import type { Waiter } from '../../domain/routing/line-order';
import type { AgentRoom, LineRequirement, LineReservation } from './turn-store';

/** The line for agents of the registry, across sessions and workspaces. */
export interface WaitingLineStore {
  /** Runs `work` in a transaction, one at a time among all processes; undefined where another one is at it. */
  alone<T>(work: (line: WaitingLineTransaction) => Promise<T>): Promise<T | undefined>;
  /** Turns that were granted longer ago than `olderThanMs`, and whose sessions have not taken them in. */
  unacceptedGrants(olderThanMs: number, limit: number): Promise<GrantedTurn[]>;
  /** What is waited for, as it was when it was last committed. */
  requirements(): Promise<LineRequirement[]>;
  /** Lets all who wait for a requirement say why; those that a turn or the keeper is just at keep what they say. */
  explain(news: readonly { workspace: string; key: string; waitsFor: string }[]): Promise<void>;
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
  /** What the workspaces limit, by workspace. */
  workspaceLimits(workspaces: readonly string[]): Promise<Map<string, WorkspaceLimit[]>>;
  /** Locks the accounts in key order, after all rooms; returns what is used of those that were used before. */
  lockAccounts(limits: readonly OwnedLimit[]): Promise<(Balance & { workspace: string })[]>;
  /** Runs of the workspace that wait for it and for nothing else; so many at most, first come first. */
  waitersForWorkspace(workspace: string, limit: number): Promise<LinePosition[]>;
  /** Lets waiters wait for their budgets instead: the session looks at them again once there may be room, or never will be. */
  waitForBudget(
    waits: readonly {
      waiter: LineWaiter;
      limits: readonly AccountLimit[];
      amounts: Amounts;
      waitsFor: string | null;
    }[],
  ): Promise<void>;
  /** Takes leases for locked waiters. */
  grant(turns: readonly NewGrant[]): Promise<GrantedTurn[]>;
}

export interface LineWaiter extends Waiter {
  attempt: number;
  reservation: LineReservation;
}

export type OwnedLimit = AccountLimit & { workspace: string };

/** A waiter with an agent that has room for it. */
export interface FoundRoom {
  waiter: LineWaiter;
  agent: AgentKey;
  assignment: Assignment;
}

export interface NewGrant extends FoundRoom {
  accounts: readonly string[];
  amounts: Amounts;
}

/** What its session is to be told. */
export interface GrantedTurn {
  workspace: string;
  session: string;
  run: string;
  attempt: number;
  agent: AgentKey;
  token: number;
  /** The agent comes for its work. */
  isRemote: boolean;
  /** How often the run may be tried with the agent, where evidence says so; null: as the plan has it. */
  tries: number | null;
}

/** Tells waiters apart. */
export function waiterId({ workspace, session, run }: Pick<Waiter, 'workspace' | 'session' | 'run'>): string {
  return `${workspace}/${session}/${run}`;
}
