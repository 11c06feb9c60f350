import { proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { AheadTurn, SessionActivities, TurnResult } from '../contracts/protocol/activities';
import { eventIds, runOfStart } from '../contracts/protocol/ids';
import type { SessionInput, SessionResult, TaskPage, TaskProgress, Progress } from '../contracts/protocol/session';
import { statusOf } from '../domain/session/completion';
import type { Command, SessionEvent } from '../domain/session/events';
import { isInFlight } from '../domain/session/in-flight';
import { indexOutline } from '../domain/session/outline';
import type { PlanIndex } from '../domain/session/outline';
import { progressOf, taskProgress } from '../domain/session/progress';
import { replayTurn } from '../domain/session/replay-turn';
import type { SessionState, SessionStatus } from '../domain/session/state';
import { initialState } from '../domain/session/state';
import { nextWakeAt } from '../domain/session/timers';
import { whileDatabaseIsAway } from './database-retries';
import type { Inbox } from './inbox';

const { commitTurn } = proxyLocalActivities<SessionActivities>({
  startToCloseTimeout: '30s',
  ...whileDatabaseIsAway,
});

/** What a turn asks of the shell. */
export interface TakenTurn {
  commands: Command[];
  unbegun: NonNullable<TurnResult['unbegun']>;
  /** Why each accepted or dropped event was refused, if it was. */
  replies: Map<string, string | undefined>;
  more: boolean;
  /** Of the turn, where the session is traced. */
  trace: string | undefined;
}

/** One workflow run of a session: the engine's state, and the turns that move it. */
export class SessionRun {
  /** Child sessions whose start Temporal has not confirmed, and messages to them that are under way. */
  pendingStarts = 0;
  /** Starts of child sessions that are under way, by session. */
  readonly childStarts = new Map<string, Promise<void>>();
  planName = '';
  mode = '';
  private turn: number;
  private index: PlanIndex | undefined;
  private state: SessionState | undefined;
  private lastNow = 0;

  constructor(readonly input: SessionInput) {
    this.turn = input.firstTurn ?? 1;
    this.state = input.state;
  }

  async takeTurn(inbox: Inbox): Promise<TakenTurn> {
    const firstOfRun = this.index === undefined;
    // In the history of a run that was reset it is one that its predecessor took: the branch before this event is the same.
    const brought = inbox.takeBrought(this.turn);
    if (brought && (!firstOfRun || brought.outline)) return this.apply(brought, inbox);
    if (inbox.wokenAt !== undefined)
      inbox.add({ id: eventIds.timePassed(this.turn), type: 'time-passed', at: inbox.wokenAt });
    inbox.slept();
    const continuedFrom = this.continuedFrom();
    const result = await commitTurn({
      workspace: this.input.workspace,
      session: this.input.session,
      runId: workflowInfo().runId,
      ...(continuedFrom !== undefined && { continuedFrom }),
      turn: this.turn,
      ...(this.input.trace !== undefined && { trace: this.input.trace }),
      ...(this.state && { state: this.state }),
      events: inbox.events,
      firstOfRun,
    });
    return this.apply(result, inbox);
  }

  private continuedFrom(): string | undefined {
    const { runId, firstExecutionRunId, continuedFromExecutionRunId } = workflowInfo();
    // After a reset, other runs may have gone on with what the start has taken.
    const isStarted = runId === firstExecutionRunId && this.input.firstTurn === undefined;
    return isStarted ? runOfStart : continuedFromExecutionRunId;
  }

  /** Number of the last turn. */
  get turnsTaken(): number {
    return this.turn - 1;
  }

  get status(): SessionStatus {
    return this.state ? statusOf(this.state) : 'running';
  }

  get hasEnded(): boolean {
    return this.state?.ended !== undefined;
  }

  /** Nothing is under way that continuing as new would tear. */
  get isSettled(): boolean {
    return this.pendingStarts === 0;
  }

  /** When the session has to wake by itself, since it started and from the last turn on. */
  get nextWake(): { atMs: number; inMs: number } | undefined {
    const { state } = this;
    const atMs = state && nextWakeAt(state);
    return state && atMs !== undefined ? { atMs, inMs: Math.max(1, state.startedAt + atMs - this.lastNow) } : undefined;
  }

  get outline() {
    if (!this.index) throw new Error('the outline comes with the first turn');
    return this.index.outline;
  }

  taskIndex(name: string): number {
    const found = this.index?.taskByName.get(name);
    if (found === undefined) throw new RangeError(`no task "${name}" in the outline`);
    return found;
  }

  progress(): Progress | undefined {
    return this.index && this.state && progressOf(this.index, this.state);
  }

  tasks({ offset, limit }: TaskPage): TaskProgress[] {
    const { index, state } = this;
    if (!index || !state) return [];
    return state.tasks
      .slice(offset, offset + Math.min(limit, 1_000))
      .map((_, at) => taskProgress(index, state, offset + at));
  }

  result(): SessionResult {
    if (!this.index || !this.state) throw new Error('a session ends after its first turn');
    return { status: statusOf(this.state), progress: progressOf(this.index, this.state) };
  }

  /** The input of the next run; `events` have not been taken in yet. */
  carryOver(events: SessionEvent[]): SessionInput {
    if (!this.state) throw new Error('a session continues after its first turn');
    const { workspace, session, settings, trace } = this.input;
    const traced = trace === undefined ? {} : { trace };
    return { workspace, session, settings, ...traced, firstTurn: this.turn, state: this.state, events };
  }

  /** Takes in what the turn decided, and the turns that ran ahead of it. */
  private apply(result: TurnResult, inbox: Inbox): TakenTurn {
    if (result.outline) this.index = indexOutline(result.outline);
    if (result.planName !== undefined) this.planName = result.planName;
    if (result.mode !== undefined) this.mode = result.mode;
    const { index } = this;
    if (!index) throw new Error('the first turn of a run brings the outline');
    this.state ??= result.state ?? initialState(index, this.input.session, result.now);
    const taken: TakenTurn = {
      commands: [],
      unbegun: result.unbegun ?? [],
      replies: new Map(),
      more: false,
      trace: result.trace,
    };
    this.applyTurn(result, inbox, taken);
    if (!result.ahead) return taken;
    for (const turn of result.ahead) this.applyTurn(turn, inbox, taken);
    // What was over before the workflow heard of it needs no activity.
    const { index: latest, state } = this;
    taken.commands = taken.commands.filter(
      (command) => command.type !== 'start-attempt' || (latest && state && isInFlight(latest, state, command)),
    );
    return taken;
  }

  /** Decides what the turn decided: from the state before it, with exactly the events and decisions that were committed. */
  private applyTurn(turn: AheadTurn, inbox: Inbox, taken: TakenTurn): void {
    const { index, state } = this;
    if (!index || !state) throw new Error('a turn follows the first turn of a run');
    this.turn += 1;
    this.lastNow = turn.now;
    const accepted = turn.accepted.map((one) => {
      const id = typeof one === 'string' ? one : one.id;
      const waiting = inbox.take(id);
      const event = typeof one === 'string' ? waiting : one;
      if (!event) throw new Error(`the turn accepted ${id}, which nobody sent`);
      return event;
    });
    const replayed = replayTurn(index, state, { now: turn.now, accepted, decisions: turn.decisions });
    for (const { id } of accepted) taken.replies.set(id, replayed.refusals.get(id));
    for (const id of turn.dropped) {
      inbox.take(id);
      taken.replies.set(id, turn.refusals?.[id]);
    }
    taken.commands.push(...replayed.commands);
    taken.more = turn.more === true;
    this.index = replayed.index;
    this.state = replayed.state;
  }
}
