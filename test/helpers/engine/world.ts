import { isDeepStrictEqual } from 'node:util';
import type { Decided } from '../../../src/domain/session/decide';
import { applyDecision, decide } from '../../../src/domain/session/decide';
import type { Command, Decision, Fact, SessionEvent } from '../../../src/domain/session/events';
import type { PlanIndex } from '../../../src/domain/session/outline';
import { indexOutline, registryAgent, taskAt } from '../../../src/domain/session/outline';
import type { Startable } from '../../../src/domain/session/queue';
import { isTakenBySibling, mayBeLeftOut } from '../../../src/domain/session/race';
import { parseRunKey, runKey, wholeTask } from '../../../src/domain/session/run-key';
import type { SessionState } from '../../../src/domain/session/state';
import { findRun, initialState } from '../../../src/domain/session/state';
import { nextWakeAt } from '../../../src/domain/session/timers';
import type { Verdict } from '../../../src/domain/verdict';
import type { Action, Scenario } from './arbitrary-scenario';
import { deepFreeze } from './deep-freeze';
import { wrongEnding } from './oracle';
import { editedOutline } from './edited-outline';
import { Referee, registered } from './referee';
import { checkNothingHappened } from './step-checks';
import { decideTurn } from './turn';

/** An attempt as the world knows it: it goes on whatever the session believes. */
interface WorldAttempt {
  run: string;
  attempt: number;
  /** Name of an agent of the plan or of the registry. */
  agent: string;
  /** Set once it has really ended. */
  end?: SessionEvent;
}

/** What a turn accepted and decided: enough to do it again. */
export interface TurnRecord {
  now: number;
  events: SessionEvent[];
  decisions: Decision[];
}

interface SavedPoint {
  index: PlanIndex;
  state: SessionState;
  referee: Referee;
  accepted: Set<string>;
  turns: number;
}

const startOfTime = 1_700_000_000_000;

/** A simulated world around the engine: agents, clock, users, store and the shell that runs the turns. */
export class World {
  index: PlanIndex;
  readonly turns: TurnRecord[] = [];
  readonly log: (Command | Fact)[] = [];
  state: SessionState;
  private now = startOfTime;
  private referee: Referee;
  private inbox: SessionEvent[] = [];
  private arrived: SessionEvent[] = [];
  private accepted = new Set<string>();
  private readonly attempts = new Map<string, WorldAttempt>();
  private saved: SavedPoint;
  private ids = 0;

  constructor(
    private readonly scenario: Scenario,
    /** Whether the state is written out and read again after every turn, as when a session continues as new. */
    private readonly continueEachTurn = false,
  ) {
    this.index = indexOutline(deepFreeze(scenario.outline));
    this.state = deepFreeze(initialState(this.index, 'session', this.now));
    this.referee = new Referee(this.index);
    this.arrive({ id: 'start', type: 'session-started' });
    this.commitTurn();
    this.saved = this.point();
  }

  /** Plays the scenario to its end; throws where the engine breaks a promise. */
  play(): void {
    this.scenario.acts.forEach(({ retry, actions, endings }, at) => {
      if (at > 0) this.act({ do: 'retry', pick: retry });
      actions.forEach((action) => this.act(action));
      this.settle(endings);
    });
  }

  act(action: Action): void {
    switch (action.do) {
      case 'end':
        return this.endSome(action.pick, ({ run, attempt }) => ({
          id: `outcome/${run}/${attempt}`,
          type: 'attempt-ended',
          run,
          attempt,
          verdict: action.verdict,
          ...(action.retryable === false && { retryable: false }),
          ...(action.retryAfterMs !== undefined && { retryAfterMs: action.retryAfterMs }),
        }));
      case 'grant':
        return this.grant(action.pick);
      case 'leave-unstarted':
        return this.endSome(action.pick, ({ run, attempt }) => ({
          id: `unstarted/${run}/${attempt}`,
          type: 'attempt-unstarted',
          run,
          attempt,
        }));
      case 'lose': {
        const chosen = choose(this.stillGoing(), action.pick);
        if (!chosen) return;
        const { run, attempt } = chosen;
        return this.arrive({ id: `lost/${run}/${attempt}`, type: 'attempt-lost', run, attempt });
      }
      case 'repeat': {
        const again = choose(this.arrived, action.pick);
        if (again) this.inbox.push(again);
        return;
      }
      case 'pause':
        return this.arrive({ id: this.newId(), type: 'pause-requested', ...(action.now && { now: true }) });
      case 'resume':
        return this.arrive({ id: this.newId(), type: 'resume-requested' });
      case 'cancel':
        return this.arrive({ id: this.newId(), type: 'cancel-requested' });
      case 'cancel-task': {
        const names = this.index.outline.tasks.map(({ name }) => name);
        const run = choose([...names, ...this.referee.books.inFlight.keys(), 'nowhere'], action.pick) ?? 'nowhere';
        return this.arrive({ id: this.newId(), type: 'task-cancel-requested', run });
      }
      case 'retry': {
        const task = typeof action.pick === 'number' ? choose(this.index.outline.tasks, action.pick)?.name : undefined;
        const named = action.pick === 'unknown' ? 'nowhere' : task;
        return this.arrive({ id: this.newId(), type: 'retry-requested', ...(named !== undefined && { task: named }) });
      }
      case 'edit': {
        const id = this.newId();
        const edit = deepFreeze(editedOutline(this.index.outline, action.changes));
        return this.arrive({ id, type: 'edit-requested', from: this.plan, to: `plan of ${id}`, edit });
      }
      case 'wait':
        this.now += action.ms;
        return this.fireTimers();
      case 'wake':
        return this.wake(action.earlyMs);
      case 'turn':
        return this.commitTurn();
      case 'continue-as-new':
        return this.continueAsNew();
      case 'save':
        this.saved = this.point();
        return;
      case 'reset':
        return this.reset();
    }
  }

  /** Nothing disturbs the session any more: it has to end, and as the rules say. */
  settle(endings: Verdict[]): void {
    const { tasks, policies } = this.index.outline;
    const attempts = Math.max(...policies.map(({ retry }) => retry.attempts));
    const bound = 100 + tasks.length * 6 * (2 * attempts + 2) * 4;
    for (let step = 0; !this.state.ended || this.inbox.length > 0; step += 1) {
      if (step > bound) throw new Error(`the session does not end: ${JSON.stringify(this.state)}`);
      this.commitTurn();
      if (this.state.ended) continue;
      const [current] = this.referee.books.inFlight.values();
      if (this.state.paused) this.act({ do: 'resume' });
      else if (current) this.endCurrent(current, endings[step % endings.length] ?? 'succeeded');
      else if (this.referee.books.line.size > 0) this.act({ do: 'grant', pick: step });
      else if (nextWakeAt(this.state) !== undefined) this.wake(0);
      else throw new Error(`the session is stuck: ${JSON.stringify(this.state)}`);
    }
    const wrong = wrongEnding(this.index, this.state, this.referee);
    if (wrong.length > 0) throw new Error(wrong.join('; '));
  }

  private endCurrent({ run, attempt, told }: { run: string; attempt: number; told: number }, verdict: Verdict): void {
    const { end } = this.attempts.get(`${run}#${attempt}`) ?? {};
    if (end) return this.tellAgain(end);
    const came = told > 0 ? 'cancelled' : verdict === 'cancelled' ? 'failed' : verdict;
    const at = this.stillGoing().findIndex((going) => going.run === run && going.attempt === attempt);
    this.act({ do: 'end', pick: at, verdict: came });
  }

  private stillGoing(): WorldAttempt[] {
    return [...this.attempts.values()].filter(({ end }) => end === undefined);
  }

  private endSome(pick: number, event: (attempt: WorldAttempt) => SessionEvent): void {
    const chosen = choose(this.stillGoing(), pick);
    if (!chosen) return;
    chosen.end = event(chosen);
    this.arrive(chosen.end);
  }

  private arrive(event: SessionEvent): void {
    this.inbox.push(event);
    this.arrived.push(event);
  }

  private wake(earlyMs: number): void {
    const at = nextWakeAt(this.state);
    if (at === undefined) return;
    this.now = Math.max(this.now, startOfTime + at - earlyMs);
    this.arrive({ id: this.newId(), type: 'time-passed', at });
  }

  private fireTimers(): void {
    const at = nextWakeAt(this.state);
    if (at !== undefined && startOfTime + at <= this.now) this.arrive({ id: this.newId(), type: 'time-passed', at });
  }

  private commitTurn(): void {
    const taken = this.inbox.filter(
      ({ id }, at) => !this.accepted.has(id) && this.inbox.findIndex((other) => other.id === id) === at,
    );
    this.inbox = [];
    const events: SessionEvent[] = [];
    for (const sent of taken) {
      const event = this.putRight(sent);
      events.push(event);
      this.accepted.add(event.id);
      this.step(event, decide(this.index, this.state, event, this.now));
      if (event.type === 'agent-granted') this.noteGrant(event);
      this.showDuplicate(event);
      if (event.type === 'time-passed') this.expectNothingDue(event.at);
    }
    const decisions = decideTurn(this.index, {
      state: () => this.state,
      evaluate: (task) => this.evaluate(task),
      start: (run) => this.start(run),
      apply: (decision) => this.step(decision, applyDecision(this.index, this.state, decision, this.now)),
    });
    this.turns.push({ now: this.now, events, decisions });
    if (this.continueEachTurn) this.continueAsNew();
  }

  private step(cause: SessionEvent | Decision, decided: Decided): void {
    this.referee.watch({ cause, now: this.now, before: this.state, decided });
    this.state = decided.state;
    if (decided.index) this.index = decided.index;
    this.log.push(...decided.commands, ...decided.facts);
  }

  /** Edits that were made from another plan than the present one are refused by the turn. */
  private putRight(event: SessionEvent): SessionEvent {
    if (event.type !== 'edit-requested' || event.from === this.plan) return event;
    return { ...event, edit: { refused: 'another plan' } };
  }

  private get plan(): string {
    return this.state.plan ?? 'first';
  }

  /** The store lets an event through once; the engine would not mind. */
  private showDuplicate(event: SessionEvent): void {
    if (event.type === 'session-started' || event.type === 'pause-requested' || event.type === 'time-passed') return;
    const decided = decide(this.index, this.state, event, this.now);
    checkNothingHappened({ cause: event, now: this.now, before: this.state, decided }, `${event.type} came twice`);
  }

  /** A timer that fired does not fire again for the same time for ever. */
  private expectNothingDue(at: number): void {
    const again = decide(this.index, this.state, { id: 'again', type: 'time-passed', at }, this.now).state;
    const next = nextWakeAt(again);
    if (next !== undefined && next <= Math.max(at, this.now - startOfTime))
      throw new Error(`a timer for ${next} is still due`);
  }

  private evaluate(task: number): Decision {
    const { conditional, forEach } = taskAt(this.index, task);
    const answer = this.scenario.answers[task % this.scenario.answers.length] ?? 0;
    if (answer === 'reject') return ['reject', task, wholeTask];
    if (answer === 'skip' && conditional) return ['skip', task];
    return forEach ? ['expand', task, answer === 'skip' ? 0 : answer] : ['ready', task];
  }

  /** A run that waits in the line gets its turn; the store has not seen the attempt before. */
  private grant(pick: number): void {
    const run = choose([...this.referee.books.line], pick);
    if (run === undefined) return;
    const ref = parseRunKey(this.index, run);
    const { reason } = (ref && findRun(this.state, ref)) ?? {};
    if (reason === 'conflict' && pick % 3 === 0) {
      return this.arrive({ id: this.newId(), type: 'resolve-requested', run });
    }
    if (reason === 'conflict' || reason === 'budget') return this.arrive({ id: this.newId(), type: 'turn-came', run });
    const latest = (ref && findRun(this.state, ref)?.attempt) ?? 0;
    const attempt = this.freeAttempt(run, latest + 1);
    const agent = choose([...registered], pick) ?? '';
    this.arrive({ id: this.newId(), type: 'agent-granted', run, attempt, agent, token: (this.ids += 1) });
  }

  /** A grant that was given back leaves no attempt behind. */
  private noteGrant({ run, attempt, agent, token }: Extract<SessionEvent, { type: 'agent-granted' }>): void {
    const started = this.log.findLast((entry) => entry.type === 'start-attempt');
    if (started?.token === token) this.attempts.set(`${run}#${attempt}`, { run, attempt, agent });
  }

  private freeAttempt(run: string, from: number): number {
    let free = from;
    while (this.attempts.has(`${run}#${free}`)) free += 1;
    return free;
  }

  private start(startable: Startable): Decision {
    const { task, item, attempt } = startable;
    const run = runKey(this.index, { task, item });
    // The inputs of a child session may be impossible to render.
    if (taskAt(this.index, task).subPlan && (task + item) % 7 === 5) return ['reject', task, item];
    const token = (this.ids += 1);
    if (token % 31 === 0) return ['reject', task, item, 'conflict'];
    const known = this.attempts.get(`${run}#${attempt}`);
    const isLent = startable.agent === registryAgent;
    const isFree = (agent: string): boolean => !isTakenBySibling(this.index, this.state, startable, agent);
    const free = [...registered].filter(isFree);
    const name = this.index.outline.agents[startable.agent]?.name ?? 'session';
    if (known && (isLent ? registered.has(known.agent) : known.agent === name)) {
      if (known.end) this.tellAgain(known.end);
      return ['start', task, item, attempt, isLent ? known.agent : startable.agent, token, 1];
    }
    if (isLent && mayBeLeftOut(this.index, this.state, startable) && (free.length === 0 || token % 7 === 0))
      return ['leave-out', task, item];
    if (isLent && (free.length === 0 || token % 2 === 0)) return ['line-up', task, item, 'capacity'];
    if (token % 5 === 0) return ['line-up', task, item, token % 2 === 0 ? 'conflict' : 'budget'];
    const agent = isLent ? (choose(free, token) ?? '') : startable.agent;
    const unused = this.freeAttempt(run, attempt);
    this.attempts.set(`${run}#${unused}`, { run, attempt: unused, agent: typeof agent === 'string' ? agent : name });
    if (isLent && token % 3 === 1) return ['start', task, item, unused, agent, token, 0, 1 + (token % 5)];
    return ['start', task, item, unused, agent, token];
  }

  private continueAsNew(): void {
    const carried = JSON.parse(JSON.stringify(this.state)) as SessionState;
    if (!isDeepStrictEqual(carried, this.state)) throw new Error('the state is not plain JSON');
    this.state = deepFreeze(carried);
  }

  private point(): SavedPoint {
    const { index, state, referee, accepted, turns } = this;
    return { index, state, referee: referee.clone(), accepted: new Set(accepted), turns: turns.length };
  }

  private reset(): void {
    const { index, state, referee, accepted, turns } = this.saved;
    this.index = index;
    this.state = state;
    this.referee = referee.clone();
    this.accepted = new Set(accepted);
    this.turns.length = turns;
    for (const { run, attempt } of this.referee.books.inFlight.values()) {
      const end = this.attempts.get(`${run}#${attempt}`)?.end;
      if (end) this.tellAgain(end);
    }
  }

  /**
   * The store tells of an outcome that the session has not taken. With a new id: it may have been accepted before, when the session did
   * not know the attempt.
   */
  private tellAgain(end: SessionEvent): void {
    this.arrive({ ...end, id: this.newId() });
  }

  private newId(): string {
    return `event-${(this.ids += 1)}`;
  }
}

function choose<T>(from: readonly T[], pick: number): T | undefined {
  return from.length === 0 ? undefined : from[pick % from.length];
}
