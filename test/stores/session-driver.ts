import { randomUUID } from 'node:crypto';
import type { RunTaskInput, SessionActivities, TurnRequest, TurnResult } from '../../src/contracts/protocol/activities';
import { eventIds } from '../../src/contracts/protocol/ids';
import { applyDecision, decide } from '../../src/domain/session/decide';
import type { Decided } from '../../src/domain/session/decide';
import type { Command, SessionEvent } from '../../src/domain/session/events';
import { isInFlight } from '../../src/domain/session/in-flight';
import { brokenInvariants } from '../../src/domain/session/invariants';
import { indexOutline } from '../../src/domain/session/outline';
import type { PlanIndex } from '../../src/domain/session/outline';
import type { SessionState } from '../../src/domain/session/state';
import { initialState } from '../../src/domain/session/state';
import type { Verdict } from '../../src/domain/verdict';

export const started: SessionEvent = { id: eventIds.started, type: 'session-started' };

export function ended(run: string, attempt = 1, verdict: Verdict = 'succeeded'): SessionEvent {
  return { id: eventIds.attemptEnded(run, attempt), type: 'attempt-ended', run, attempt, verdict };
}

export function lost(run: string, attempt = 1): SessionEvent {
  return { id: eventIds.attemptLost(run, attempt), type: 'attempt-lost', run, attempt };
}

/** What a turn came to, for the workflow that took it. */
export interface DrivenTurn {
  result: TurnResult;
  commands: Command[];
  /** The attempts it started, as their activities get them. */
  attempts: RunTaskInput[];
}

/** Takes the turns of one workflow run the way the session workflow does (see src/workflows/session-run.ts), event by event. */
export class SessionDriver {
  state: SessionState | undefined;
  turn: number;
  private index: PlanIndex | undefined;
  private readonly before = new Map<number, { state: SessionState | undefined; index: PlanIndex }>();

  constructor(
    private readonly activities: SessionActivities,
    private readonly workspace: string,
    readonly id: string,
    readonly runId: string = randomUUID(),
    from: { turn: number; state?: SessionState | undefined; index?: PlanIndex | undefined } = { turn: 1 },
    private readonly continuedFrom?: string,
  ) {
    this.turn = from.turn;
    this.state = from.state;
    this.index = from.index;
  }

  /** The request of the next turn. */
  request(...events: SessionEvent[]): TurnRequest {
    return {
      workspace: this.workspace,
      session: this.id,
      runId: this.runId,
      turn: this.turn,
      ...(this.state && { state: this.state }),
      events,
      firstOfRun: this.index === undefined,
      ...(this.continuedFrom !== undefined && { continuedFrom: this.continuedFrom }),
    };
  }

  /** Commits the next turn and decides as it decided. */
  async take(...events: SessionEvent[]): Promise<DrivenTurn> {
    return this.follow(await this.activities.commitTurn(this.request(...events)), events);
  }

  /** Decides as the committed turn decided, with the inbox that the workflow has now. */
  follow(result: TurnResult, inbox: readonly SessionEvent[]): DrivenTurn {
    if (result.outline) this.index = indexOutline(result.outline);
    let { index } = this;
    if (!index) throw new Error('the first turn of a run brings the outline');
    this.before.set(this.turn, { state: this.state, index });
    this.turn += 1;
    const commands: Command[] = [];
    let state = this.state ?? result.state ?? initialState(index, this.id, result.now);
    const keep = (decided: Decided): void => {
      state = decided.state;
      commands.push(...decided.commands);
    };
    for (const accepted of result.accepted) {
      const event = typeof accepted === 'string' ? inbox.find(({ id }) => id === accepted) : accepted;
      if (!event) throw new Error(`the turn accepted ${String(accepted)}, which nobody sent`);
      const decided = decide(index, state, event, result.now);
      keep(decided);
      index = decided.index ?? index;
    }
    for (const decision of result.decisions) keep(applyDecision(index, state, decision, result.now));
    const broken = brokenInvariants(index, state);
    if (broken.length > 0) throw new Error(broken.join('; '));
    this.index = index;
    this.state = state;
    const attempts = commands.flatMap((command) => (command.type === 'start-attempt' ? [this.attempt(command)] : []));
    return { result, commands, attempts };
  }

  /** A workflow run that goes on from the state before the turn, as a reset of the workflow makes it; also from where this one stands. */
  reset(turn: number): SessionDriver {
    const from = turn === this.turn ? { state: this.state, index: this.index } : this.before.get(turn);
    if (!from) throw new Error(`turn ${turn} was not taken by this run`);
    const { state, index } = from;
    return new SessionDriver(this.activities, this.workspace, this.id, randomUUID(), {
      turn,
      state,
      index: state && index,
    });
  }

  /** The workflow run that this one continues as; from before an earlier turn, if it has forgotten those that followed. */
  continueAsNew(turn = this.turn): SessionDriver {
    const state = turn === this.turn ? this.state : this.before.get(turn)?.state;
    return new SessionDriver(this.activities, this.workspace, this.id, randomUUID(), { turn, state }, this.runId);
  }

  /** A workflow run that reopens the session after its end. */
  reopen(): SessionDriver {
    return new SessionDriver(this.activities, this.workspace, this.id, randomUUID(), { turn: this.turn });
  }

  /** Those that this run has taken, and could be reset to. */
  get turnsTaken(): number[] {
    return [...this.before.keys()];
  }

  isInFlight(attempt: { run: string; attempt: number }): boolean {
    return this.index !== undefined && this.state !== undefined && isInFlight(this.index, this.state, attempt);
  }

  status(task: string): string | undefined {
    const at = this.index?.taskByName.get(task);
    return at === undefined ? undefined : this.state?.tasks[at]?.status;
  }

  private attempt({ run, attempt, token }: Extract<Command, { type: 'start-attempt' }>): RunTaskInput {
    return { workspace: this.workspace, session: this.id, run, attempt, token };
  }
}
