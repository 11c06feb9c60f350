import type { AgentKey } from '../../domain/agents/agent';
import type { AccountLimit, Balance, WorkspaceLimit } from '../../domain/budget/accounts';
import type { LinePosition } from '../../domain/line-position';
import type { BudgetUnit } from '../../domain/budget/amounts';
import type { AttemptPrice } from '../../domain/budget/worst-case';
import type { ClaimTexts } from '../../domain/conflicts/claim';
import type { RunName } from '../../domain/conflicts/conflict-line';
import type { AttemptTerms, LeaseTerms } from '../../domain/routing/attempt-terms';
import type { Assignment } from '../../domain/routing/assignment';
import type { RoutingRequirement } from '../../domain/routing/routing-requirement';
import type { Json } from '../../domain/json';
import type { SessionState, SessionStatus } from '../../domain/session/state';
import type { Decision, Fact, SessionEvent } from '../../domain/session/events';
import type { Progress } from '../../domain/session/progress';
import type { Verdict } from '../../domain/verdict';
import type { TurnRequest, UnbegunAttempt } from '../protocol/activities';
import type { SessionSettings } from '../protocol/session';
import type { Settlement } from './attempt-store';
import type { ClaimsInTurn } from './conflict-store';
import type { NewSession } from './session-catalog';

/** Opens the one transaction of a turn. */
export interface TurnStore {
  /**
   * Runs `work` in a transaction that holds the session. A turn that was committed before is not worked again: its stored result is
   * returned. Throws SESSION_NOT_FOUND, and RUN_SUPERSEDED for a workflow run that a reset has replaced, or whose session was given up. With the ground that the turn before has left in this
   * process, it does not wait to see the session; where that has changed, `work` is done again on what is there.
   */
  inTurn(
    request: TurnRequest,
    work: (turn: TurnTransaction) => Promise<TurnWrites>,
    ground?: TurnGround,
  ): Promise<StoredTurn>;
  /**
   * Adds the session, and runs `work` for its first turn in the same transaction, before it has a workflow run: whichever comes takes the turn over, by this or by
   * asking for it. Undefined where the id is taken.
   */
  inFirstTurn(
    session: NewSession,
    request: TurnRequest,
    work: (turn: TurnTransaction) => Promise<TurnWrites>,
  ): Promise<StoredTurn | undefined>;
  /** Turns that were committed behind that of the request in the same branch, in order. */
  committedBehind(request: TurnRequest): Promise<CommittedTurn[]>;
  /** Attempts that the session has started, under a lease that no worker has begun. */
  unbegunAttempts(workspace: string, session: string): Promise<UnbegunAttempt[]>;
  /** Keeps that agents were called for these, which workers still have to begin: however they end, what they have reserved is not given back. */
  noteCalled(workspace: string, session: string, attempts: readonly CalledAttempt[]): Promise<void>;
}

export interface StoredTurn {
  turn: CommittedTurn;
  session: SessionRecord;
  /** For the next turn, if it follows within moments; absent where that has to see the session for itself. */
  ground?: TurnGround;
}

/** What a turn knows of its session when it begins. */
export interface TurnGround {
  session: SessionRecord;
  workspaceLimits: WorkspaceLimit[];
  /** Of the turn, in milliseconds since 1970. */
  now: number;
  /** When that was, by `performance.now()`. */
  readAtMs: number;
  /** The workflow run of the turn before. */
  runId: string;
  /** Attempts as `run/attempt` that turns of this process have given leases, which are settled with a turn. */
  plainLeases: ReadonlySet<string>;
}

/** What the first commit of a turn fixed; a repeat of the turn gets just this. */
export interface CommittedTurn {
  /** Milliseconds since 1970. */
  now: number;
  /** In the order in which they were taken in. */
  accepted: SessionEvent[];
  /** Ids of events that change nothing. */
  dropped: string[];
  /** Of the dropped ones, requests that an earlier turn has refused: why. */
  refusals?: Record<string, string>;
  decisions: Decision[];
  /** Runs are ready that did not fit into the turn. */
  more?: true;
  /** The session ended in this turn. */
  ended?: true;
  /** The state before the turn, where it reopened the session. */
  reopened?: SessionState;
}

export interface SessionRecord {
  workspace: string;
  id: string;
  planName: string;
  planHash: string;
  /** Of the plan that it was started with. */
  firstPlanHash: string;
  inputsHash: string;
  baseDirectory: string;
  mode: string;
  settings: SessionSettings;
  parent?: ParentRun;
  /** Of the sessions and tasks above a child session: what its attempts count against besides its own plan's. */
  budgets: AccountLimit[];
}

/** The run of a parent session that a child session does. */
export interface ParentRun {
  session: string;
  run: string;
  attempt: number;
  token: number;
}

export interface AttemptKey {
  run: string;
  attempt: number;
}

/** One whose agent was called by who takes the turns. */
export interface CalledAttempt extends AttemptKey {
  token: number;
}

export interface TurnTransaction {
  session: SessionRecord;
  /** Of the turn, from 1 across workflow runs. */
  number: number;
  /** Milliseconds since 1970; never before the last turn's. */
  now: number;
  /** The request's events that were accepted in earlier turns, by id, with why they were refused. */
  alreadyAccepted: ReadonlyMap<string, string | null>;
  /** The state at the end of the session, where this turn reopens it. */
  snapshot?: SessionState;
  /** The workflow was reset: the turns from this one on were left, and the read model is to be written anew. */
  isReset: boolean;
  /** Median duration in milliseconds of each task's latest successes in sessions of the same plan, by task name. */
  expectedDurations(tasks: readonly string[]): Promise<Map<string, number>>;
  /** Stores what attempts came to that nobody else has begun, as `AttemptStore.settle` does; that it is stored shows when the turn is committed. */
  settle(settlements: readonly Settlement[]): void;
  /** Keeps a document and returns its hash; that it is kept shows when the turn is committed. */
  keep(document: Json): string;
  /** What was settled for the attempts, where anything was. */
  outcomes(attempts: AttemptKey[]): Promise<StoredOutcome[]>;
  /** Ends leases whose holder is silent for longer than it may be, and stores that they are lost; returns those it ended. */
  loseExpired(attempts: AttemptKey[]): Promise<AttemptKey[]>;
  /**
   * Ends leases that no worker has begun; returns those, also such as had ended before. What was reserved is given back, but for those whose
   * agents were called in a turn.
   */
  withdrawUnbegun(attempts: readonly AttemptKey[]): Promise<(AttemptKey & { hadEnded: boolean })[]>;
  /** Takes a lease and a reservation for each attempt. `found`: it was begun before, in a branch that was left, and still runs or has ended. */
  takeLeases(attempts: NewLease[]): Promise<{ token: number; found?: 'running' | 'ended' }[]>;
  /** Those of the attempts that were begun in a branch that was left, with their agents of the registry and how often these may try. */
  begunAttempts(attempts: AttemptKey[]): Promise<(AttemptKey & { agent: AgentKey } & Pick<LeaseTerms, 'tries'>)[]>;
  /** Those of the tasks that were begun in a branch that was left, unless the request with this id was taken in there. */
  triedInLeftBranch(tasks: readonly string[], eventId: string): Promise<string[]>;
  /** What the workspace limits, whatever the plan says. */
  workspaceLimits: readonly WorkspaceLimit[];
  /**
   * Locks the accounts until the turn is committed, in key order and after all rooms. Returns what is used of them, and those of the attempts
   * that were begun in a branch that was left: they have their reservation.
   */
  lockAccounts(limits: readonly AccountLimit[], attempts: readonly AttemptKey[]): Promise<LockedAccounts>;
  /** Runs of other sessions that wait for the workspace and for nothing else; so many at most, first come first. */
  waitersForWorkspace(limit: number): Promise<LinePosition[]>;
  /** What was asked about the attempts before, and what became of it. */
  answers(attempts: readonly AttemptKey[]): Promise<Answer[]>;
  /** Uses up approvals: each lets one attempt through. */
  useApprovals(ids: readonly string[]): Promise<void>;
  /** What runs wait for by now, of all workspaces, each requirement once. */
  requirementsInLine(): Promise<LineRequirement[]>;
  /**
   * Locks the room of the agents until the turn is committed; those that somebody else has locked are left out unless it is waited for.
   * Rooms are locked in key order: whoever holds one already must not wait for another.
   */
  lockRooms(agents: AgentKey[], others: 'wait' | 'skip'): Promise<AgentRoom[]>;
  /** Tokens of the leases that the line has taken for the runs, by run. */
  grantedTokens(runs: string[]): Promise<Map<string, number>>;
  /**
   * Keeps everybody else of the workspace from taking resources until the turn is committed, and tells who has some by now and who waits; undefined
   * where another turn is at it and is not waited for. Whoever holds what that one may want must not wait.
   */
  claims(others: 'wait' | 'skip'): Promise<ClaimsInTurn | undefined>;
  /** Lets a lease that the line has taken hold resources. */
  holdResources(attempt: AttemptKey & { token: number } & ResourceHold): Promise<void>;
  /** Marks leases cancelled, which stops their agents once the turn is committed. */
  cancelLeases(attempts: AttemptKey[]): Promise<void>;
}

/** What an attempt has for itself, or with other readers, while its lease is open. */
export interface ResourceHold {
  resources: ClaimTexts;
  /** Whom it would have waited for, in words, where somebody let it go ahead all the same. */
  inSpiteOf?: string;
}

export interface NewLease extends AttemptKey, Partial<ResourceHold>, LeaseTerms {
  agent: string;
  /** Whose registry has the agent; absent for an agent of the plan, and for a child session. */
  agentWorkspace?: string;
  /** Accounts that its reservation counts against; null for a child session, whose attempts reserve for themselves. */
  accounts: readonly string[] | null;
  reservedMicros?: number | undefined;
  reservedTokens?: number | undefined;
  reservedMs?: number | undefined;
  /** How long the attempt may wait for a worker; a child session's lease does not expire. */
  grantMs: number | null;
}

export interface LockedAccounts {
  /** Of those that were used before. */
  balances: Balance[];
  begun: AttemptKey[];
}

export interface Answer extends AttemptKey {
  id: string;
  questionHash: string;
  /** `withdrawn`, `used`: nobody has answered it since; it may be asked again, under its id. */
  status: 'open' | 'approved' | 'rejected' | 'withdrawn' | 'used';
}

/** A run that waits for room in its budgets, or for an answer. */
export interface BudgetWait extends AttemptKey {
  wants: WantedAmount[];
  priority: number;
  reason: 'budget' | 'places' | 'rate';
  /** In words, where it waits for nothing but its workspace. */
  waitsFor: string | null;
  /** Since when it waits, in milliseconds since 1970. */
  since: number;
  /** Where the plan says so: what somebody is asked. */
  ask?: Asked<BudgetQuestion>;
}

/** What an attempt would reserve of an account. */
export type WantedAmount = { account: string; unit: BudgetUnit; limit: number; wanted: number | null };

/** What a person is asked; the approval of it is bound to the hash of all that it says. */
export type Question = BudgetQuestion | ConflictQuestion;

export type Asked<One extends Question = Question> = One & { id: string; hash: string };

/** Whether an attempt may start although others have what it writes or reads. */
export type ConflictQuestion = {
  kind: 'conflict';
  session: string;
  run: string;
  attempt: number;
  needs: { writes: string[]; reads: string[] };
  /** In words: those who have some of it; where nobody has, those who come first in the line. */
  inSpiteOf: string[];
};

/** Whether an attempt may reserve so much, although limits say no. */
export type BudgetQuestion = {
  kind: 'budget';
  session: string;
  run: string;
  attempt: number;
  agent: string;
  /** All that it would reserve. */
  reserves: { costMicros: number | null; tokens: number | null; attempts: number; timeMs: number | null };
  /** The limits that have no room for it. */
  exceeds: WantedAmount[];
};

/** What runs of a workspace wait for. Equal keys are equal requirements. */
export interface LineRequirement {
  workspace: string;
  key: string;
  requirement: RoutingRequirement;
}

export interface AgentRoom extends AgentKey {
  running: number;
  maxConcurrent: number;
  /** Attempts that it can be given: fewer than it has places for while its circuit breaker lets only trials through. */
  free: number;
}

/** A run that joins the line. */
export interface LineEntry extends AttemptKey {
  requirementKey: string;
  requirement: RoutingRequirement;
  priority: number;
  /** Of the longest path through the plan from here, in milliseconds where durations are known, else in tasks. */
  remainingMs: number;
  /** Since when it waits, in milliseconds since 1970. */
  since: number;
  /** In words. */
  waitsFor: string;
  reservation: LineReservation;
}

/** What a waiting attempt will reserve once it gets an agent. */
export interface LineReservation extends AttemptPrice {
  limits: AccountLimit[];
  /** Absent of what joined the line before there were any. */
  terms?: AttemptTerms;
}

/** A run that waits for resources. */
export interface ConflictWait {
  run: string;
  resources: ClaimTexts;
  priority: number;
  /** Since when it waits, in milliseconds since 1970. */
  since: number;
  worksFor: readonly RunName[];
  /** Where the plan says so: what somebody is asked. */
  ask?: Asked<ConflictQuestion>;
}

export interface ExplainedAttempt extends AttemptKey {
  assignment: Assignment;
}

export interface StoredOutcome extends AttemptKey {
  verdict: Verdict;
  lost: boolean;
  /** A turn has taken it in. */
  isAccepted: boolean;
  retryable: boolean;
  retryAfterMs?: number;
  outputHash?: string;
  error?: string;
}

/** All that a turn writes at its end. */
export interface TurnWrites {
  turn: CommittedTurn;
  log: LogEntry[];
  runs: TaskRunRow[];
  acceptedOutcomes: AttemptKey[];
  children: ChildSession[];
  line: LineChanges;
  status: SessionStatus;
  progress: Progress;
  /** Set where the session has another plan than before: after an edit, and after a reset to before one. Tasks in their order. */
  plan?: { hash: string; tasks: string[] };
  /** Why attempts went to their agents; worked out while the database is at the rest. */
  explained(): ExplainedAttempt[];
  /** Set when the session ends in this turn. */
  end?: { state: SessionState; outputsHash?: string; error?: string; parentVerdict: Verdict };
}

export interface LineChanges {
  joins: LineEntry[];
  budgetWaits: BudgetWait[];
  /** Runs that wait for resources from now on. */
  conflicts: ConflictWait[];
  /** Runs that leave the line. A lease that was taken for one is given back, unless the session has started its attempt. */
  leaves: string[];
  startedTokens: number[];
}

export interface LogEntry {
  eventId?: string;
  /** Milliseconds since 1970. */
  at: number;
  /** Of a fact, or of an event that changed nothing. */
  type: Fact['type'] | SessionEvent['type'];
  run?: string;
  attempt?: number;
  data: object;
}

export interface TaskRunRow {
  run: string;
  task: string;
  item: number;
  position: number;
  status: string;
  reason: string | null;
  agent: string | null;
  attempt: number;
  items: number | null;
  /** `items` are racers. */
  isRace: boolean;
  /** Milliseconds since 1970. */
  queuedAt: number | null;
  startedAt: number | null;
  endedAt: number | null;
  /** Of a run that failed before it had an attempt; else the error of the latest attempt is shown. */
  error: string | null;
}

export interface ChildSession {
  id: string;
  planName: string;
  planHash: string;
  inputsHash: string;
  baseDirectory: string;
  run: string;
  attempt: number;
  token: number;
  /** Limits that its attempts count against besides those of its own plan. */
  budgets: AccountLimit[];
}
