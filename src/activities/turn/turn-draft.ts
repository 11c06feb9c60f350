import type {
  Asked,
  AttemptKey,
  BudgetWait,
  ConflictQuestion,
  ConflictWait,
  ExplainedAttempt,
  LineChanges,
  LineEntry,
  LineRequirement,
  LogEntry,
  TaskRunRow,
  TurnTransaction,
} from '../../contracts/ports/turn-store';
import type { LoadedPlan } from '../../contracts/ports/plan-store';
import { textsOfClaim } from '../../domain/conflicts/claim';
import type { AgentKey } from '../../domain/agents/agent';
import type { Waiter } from '../../domain/conflicts/conflict-line';
import { applyDecision, decide } from '../../domain/session/decide';
import type { Decided } from '../../domain/session/decide';
import type { Command, Decision, EditRequested, Fact, SessionEvent } from '../../domain/session/events';
import type { RunRef } from '../../domain/session/run-key';
import { agentNameOf } from '../../domain/session/roster';
import { parseRunKey, runKey, wholeTask } from '../../domain/session/run-key';
import type { RunState, SessionState } from '../../domain/session/state';
import { findRun } from '../../domain/session/state';
import { taskAt } from '../../domain/session/outline';
import type { Choice } from '../../domain/routing/assign';
import type { LeaseTerms } from '../../domain/routing/attempt-terms';
import type { ClaimBook } from './claim-book';

/** An agent of the registry that an attempt goes to. */
export type InlineAgent = AgentKey & LeaseTerms;

/** Of attempts that are to stop, those for which no agent was called in this process; from then on none is. */
export type Uncalled = (attempts: readonly AttemptKey[]) => readonly AttemptKey[];

/** A turn under way: the state so far, and all that is to be written of it. */
export class TurnDraft {
  readonly accepted: SessionEvent[] = [];
  readonly dropped: string[] = [];
  /** Why an earlier turn has refused what is dropped now. */
  readonly refusals: Record<string, string> = {};
  readonly decisions: Decision[] = [];
  readonly log: LogEntry[] = [];
  readonly acceptedOutcomes: AttemptKey[] = [];
  /** Why runs failed that never had an attempt, by key. */
  readonly errors = new Map<string, string>();
  assigned: { run: string; attempt: number; choice: Choice }[] = [];
  /** Runs whose agents of the registry are called by this process, with what their leases say. */
  readonly inline = new Map<string, InlineAgent>();
  /** Leases were ended, and with them rooms locked: no room may be waited for any more. */
  holdsRooms = false;
  /** Agents of the registry at which the turn has made room by what it has settled. */
  freed: readonly AgentKey[] = [];
  uncalled: Uncalled = (attempts) => attempts;
  hasNewPlan = false;
  /** Who has what resources, once it was asked for. */
  book?: ClaimBook;
  /** Runs were left to the next turn. */
  isPostponed = false;
  private readonly touched = new Map<string, RunRef>();
  private readonly joins = new Map<string, LineEntry>();
  private readonly budgetWaits = new Map<string, BudgetWait>();
  private readonly conflicts = new Map<string, ConflictWait>();
  private readonly leaves = new Set<string>();
  private readonly startedTokens: number[] = [];
  private inLine?: Promise<LineRequirement[]>;

  constructor(
    public loaded: LoadedPlan,
    readonly turn: TurnTransaction,
    public state: SessionState,
  ) {}

  /** Takes in an event; the commands say what has to be done about it in the database, and an index that another plan has to be adopted. */
  accept(event: SessionEvent): Pick<Decided, 'commands' | 'index'> {
    this.accepted.push(event);
    if (event.type === 'attempt-ended') this.acceptedOutcomes.push({ run: event.run, attempt: event.attempt });
    const decided = decide(this.loaded.index, this.state, event, this.turn.now);
    // The accepted event is written with the first fact that follows from it, or by itself.
    const [first, ...more] = decided.facts;
    const { id, type, ...data } = event.type === 'edit-requested' ? withoutEdit(event) : event;
    if (first) this.log.push({ eventId: id, ...logEntry(first) });
    else this.log.push({ eventId: id, at: this.turn.now, type, data: refusalOr(decided, data) });
    this.keep(decided, more);
    return decided;
  }

  /** Goes on with the plan that an edit has put in place. */
  adopt(edited: LoadedPlan): void {
    this.loaded = edited;
    this.hasNewPlan = true;
    for (const key of [...this.touched.keys()]) {
      const ref = parseRunKey(edited.index, key);
      if (ref) this.touched.set(key, ref);
      else this.touched.delete(key);
    }
  }

  apply(decision: Decision): Command[] {
    this.decisions.push(decision);
    const decided = applyDecision(this.loaded.index, this.state, decision, this.turn.now);
    this.keep(decided, decided.facts);
    return decided.commands;
  }

  /** Puts a run into the line for agents of the registry. */
  lineUp(ref: RunRef, entry: LineEntry): void {
    this.apply(['line-up', ref.task, ref.item, 'capacity']);
    this.joins.set(entry.run, entry);
  }

  /** Lets a run wait for its budgets, or for its workspace. */
  waitForBudget(ref: RunRef, wait: BudgetWait): void {
    this.apply(['line-up', ref.task, ref.item, wait.reason]);
    this.budgetWaits.set(wait.run, wait);
  }

  /** What runs wait for, of all workspaces, when the turn asked first: it may ask before it needs to know, beside something else. */
  requirementsInLine(): Promise<LineRequirement[]> {
    if (!this.inLine) {
      this.inLine = this.turn.requirementsInLine();
      this.inLine.catch(() => undefined);
    }
    return this.inLine;
  }

  /** The run does not go to the agent that was chosen. */
  forgetAssignment(run: string): void {
    this.assigned = this.assigned.filter((one) => one.run !== run);
  }

  /** Why attempts went to their agents of the registry. */
  explained(): ExplainedAttempt[] {
    return this.assigned.map(({ run, attempt, choice }) => ({ run, attempt, assignment: choice.explain() }));
  }

  /** Puts a run into the line for resources; the log says whom it waits for. */
  waitForResources(
    ref: RunRef,
    { run, claim, priority, since, worksFor }: Waiter,
    waitsFor: string,
    ask?: Asked<ConflictQuestion>,
  ): void {
    this.apply(['line-up', ref.task, ref.item, 'conflict']);
    this.conflicts.set(run, { run, resources: textsOfClaim(claim), priority, since, worksFor, ...(ask && { ask }) });
    const entry = this.log.at(-1);
    if (entry?.type === 'task-waiting') entry.data = { ...entry.data, waitsFor };
  }

  get line(): LineChanges {
    return {
      joins: [...this.joins.values()],
      budgetWaits: [...this.budgetWaits.values()],
      conflicts: [...this.conflicts.values()],
      leaves: [...this.leaves],
      startedTokens: this.startedTokens,
    };
  }

  /** The changed runs as rows of the read model; after a reset, all that have begun. */
  rows(): TaskRunRow[] {
    const { state, turn } = this;
    if (!turn.isReset && this.accepted.every(({ type }) => type !== 'session-started')) {
      return [...this.touched].map(([key, ref]) => this.row(key, ref));
    }
    return state.tasks
      .flatMap((task, at) => [wholeTask, ...(task.items ?? []).keys()].map((item) => ({ task: at, item })))
      .map((ref) => this.row(runKey(this.loaded.index, ref), ref));
  }

  private keep({ state, touched, commands }: Decided, facts: readonly Fact[]): void {
    this.state = state;
    for (const command of commands) {
      if (command.type === 'start-attempt') this.startedTokens.push(command.token);
      if (command.type === 'leave-line') this.leave(command.run);
    }
    touched.forEach((ref, key) => this.touched.set(key, ref));
    for (const fact of facts) this.log.push(logEntry(fact));
  }

  private leave(run: string): void {
    const hasJustJoined = this.joins.delete(run) || this.budgetWaits.delete(run) || this.conflicts.delete(run);
    if (!hasJustJoined) this.leaves.add(run);
  }

  private row(key: string, ref: RunRef): TaskRunRow {
    const run = findRun(this.state, ref);
    if (!run) throw new RangeError(`no run ${key} in the state`);
    const absolute = (at: number | undefined): number | null => (at === undefined ? null : this.state.startedAt + at);
    const isRace = ref.item === wholeTask && taskAt(this.loaded.index, ref.task).race !== undefined;
    const items = ref.item === wholeTask ? this.state.tasks[ref.task]?.items : undefined;
    return {
      run: key,
      task: taskAt(this.loaded.index, ref.task).name,
      item: ref.item,
      position: ref.task,
      status: run.status,
      reason: run.reason ?? null,
      agent: run.agent === undefined ? null : (agentNameOf(this.loaded.index, this.state, run.agent) ?? null),
      attempt: run.attempt ?? 0,
      items: items?.length ?? null,
      isRace,
      queuedAt: absolute(run.queuedAt),
      startedAt: absolute(run.startedAt),
      endedAt: absolute(run.endedAt),
      error:
        this.errors.get(key) ??
        (items && run.status === 'failed' ? itemsError(items, isRace ? 'racers' : 'items') : null),
    };
  }
}

function logEntry({ at, type, ...rest }: Fact): LogEntry {
  const { run, attempt, ...data } = rest as { run?: string; attempt?: number };
  return { at, type, ...(run !== undefined && { run }), ...(attempt !== undefined && { attempt }), data };
}

/** The log tells of plans by their hashes. */
function withoutEdit({ edit: _, ...event }: EditRequested): Omit<EditRequested, 'edit'> {
  return event;
}

function refusalOr({ refusal }: Decided, data: object): object {
  return refusal === undefined ? data : { ...data, refused: refusal };
}

function itemsError(runs: readonly RunState[], noun: string): string {
  const failed = runs.filter(({ status }) => status === 'failed').length;
  return `${failed} of ${runs.length} ${noun} failed.`;
}
