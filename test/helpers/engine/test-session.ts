import type { Decided } from '../../../src/domain/session/decide';
import { applyDecision, decide } from '../../../src/domain/session/decide';
import type { AttemptEnded, Command, Decision, Fact, SessionEvent } from '../../../src/domain/session/events';
import type { Outline, PlanIndex } from '../../../src/domain/session/outline';
import { indexOutline, registryAgent } from '../../../src/domain/session/outline';
import type { Startable } from '../../../src/domain/session/queue';
import { agentNameOf } from '../../../src/domain/session/roster';
import { parseRunKey, runKey, wholeTask } from '../../../src/domain/session/run-key';
import type { LineReason, RunState, SessionState } from '../../../src/domain/session/state';
import { findRun, initialState } from '../../../src/domain/session/state';
import type { Verdict } from '../../../src/domain/verdict';
import { deepFreeze } from './deep-freeze';
import { Referee } from './referee';
import { decideTurn } from './turn';

/** `Omit` that keeps the members of a union apart. */
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** What the condition or the list of a task comes to: its items, or whether it runs. */
type Answer = number | boolean | 'reject';

export const sessionStart = 1_700_000_000_000;

/** A session that a test plays by hand: every event is a turn of its own, and every step is watched by a referee. */
export class TestSession {
  index: PlanIndex;
  state: SessionState;
  /** Of the latest turn. */
  commands: Command[] = [];
  facts: Fact[] = [];
  /** Agents of the registry that have room; each takes one run and has none then. */
  free: string[] = [];
  /** How often runs may be tried that are started from here on, where evidence says so. */
  tries: number | undefined;
  /** Runs that others keep from starting, and how. */
  busy = new Map<string, LineReason>();
  private readonly referee: Referee;
  private now = sessionStart;
  private events = 0;

  constructor(
    outline: Outline,
    /** By task; default true, or 3 items. */
    readonly answers: Record<string, Answer> = {},
  ) {
    this.index = indexOutline(outline);
    this.state = deepFreeze(initialState(this.index, 'session', this.now));
    this.referee = new Referee(this.index);
    this.send({ type: 'session-started' });
  }

  /** Runs one turn with the event; returns why it was refused, if it was. */
  send(event: WithoutId<SessionEvent>): string | undefined {
    this.commands = [];
    this.facts = [];
    const complete = { id: `event-${(this.events += 1)}`, ...event };
    const { refusal } = this.take(complete, decide(this.index, this.state, complete, this.now));
    decideTurn(this.index, {
      state: () => this.state,
      evaluate: (task) => this.evaluate(task),
      start: (run) => this.start(run),
      apply: (decision) => this.decide(decision),
    });
    return refusal;
  }

  decide(decision: Decision): Decided {
    return this.take(decision, applyDecision(this.index, this.state, decision, this.now));
  }

  pause(how?: 'now'): string | undefined {
    return this.send({ type: 'pause-requested', ...(how && { now: true }) });
  }

  resume(): string | undefined {
    return this.send({ type: 'resume-requested' });
  }

  cancel(): string | undefined {
    return this.send({ type: 'cancel-requested' });
  }

  retry(task?: string): string | undefined {
    return this.send({ type: 'retry-requested', ...(task !== undefined && { task }) });
  }

  /** Puts another plan in the place of the present one; `changed`: tasks that say something else. */
  edit(outline: Outline, changed: string[] = [], settings: string[] = []): string | undefined {
    const fields = Object.fromEntries(changed.map((task) => [task, ['prompt']]));
    const from = this.state.plan ?? 'plan';
    return this.send({ type: 'edit-requested', from, to: `${from}'`, edit: { outline, changed: fields, settings } });
  }

  /** Lets an agent of the registry take the next attempt of the run. */
  grant(run: string, agent: string): void {
    const attempt = (this.run(run).attempt ?? 0) + 1;
    const tries = this.tries === undefined ? {} : { tries: this.tries };
    this.send({ type: 'agent-granted', run, attempt, agent, token: attempt, ...tries });
  }

  /** Ends the latest attempt of the run. */
  end(run: string, verdict: Verdict, more: Partial<Pick<AttemptEnded, 'retryable' | 'retryAfterMs'>> = {}): void {
    this.send({ type: 'attempt-ended', run, attempt: this.run(run).attempt ?? 0, verdict, ...more });
  }

  succeed(...runs: string[]): void {
    runs.forEach((run) => this.end(run, 'succeeded'));
  }

  fail(...runs: string[]): void {
    runs.forEach((run) => this.end(run, 'failed'));
  }

  lose(run: string): void {
    this.send({ type: 'attempt-lost', run, attempt: this.run(run).attempt ?? 0 });
  }

  leaveUnstarted(run: string): void {
    this.send({ type: 'attempt-unstarted', run, attempt: this.run(run).attempt ?? 0 });
  }

  /** Moves the clock to so many milliseconds after the start; the session's timer fires. */
  passTo(ms: number): void {
    this.now = sessionStart + ms;
    this.send({ type: 'time-passed', at: ms });
  }

  run(key: string): RunState {
    const ref = parseRunKey(this.index, key);
    const found = ref && findRun(this.state, ref);
    if (!found) throw new Error(`no run ${key}`);
    return found;
  }

  /** Status and, where there is one, reason: `skipped: need`. */
  status(key: string): string {
    const { status, reason } = this.run(key);
    return reason === undefined ? status : `${status}: ${reason}`;
  }

  /** Keys of the runs in flight, in the order of the plan. */
  get inFlight(): string[] {
    return this.state.tasks.flatMap((whole, task) =>
      (whole.items ? whole.items.map((run, item) => ({ run, item })) : [{ run: whole, item: wholeTask }])
        .filter(({ run }) => run.status === 'running')
        .map(({ item }) => runKey(this.index, { task, item })),
    );
  }

  /** Keys of the runs that the latest turn started, in order. */
  get started(): string[] {
    return this.facts.flatMap((fact) => (fact.type === 'attempt-started' ? [fact.run] : []));
  }

  /** The agent of the latest attempt. */
  agentOf(key: string): string | undefined {
    const { agent } = this.run(key);
    return agent === undefined ? undefined : agentNameOf(this.index, this.state, agent);
  }

  private start({ task, item, attempt, agent }: Startable): Decision {
    const busy = this.busy.get(runKey(this.index, { task, item }));
    if (busy !== undefined) return ['line-up', task, item, busy];
    const chosen = agent === registryAgent ? this.free.shift() : agent;
    if (chosen === undefined) return ['line-up', task, item, 'capacity'];
    if (this.tries === undefined) return ['start', task, item, attempt, chosen, attempt];
    return ['start', task, item, attempt, chosen, attempt, 0, this.tries];
  }

  private evaluate(task: number): Decision {
    const { name, forEach } = this.index.outline.tasks[task] ?? { name: '' };
    const answer = this.answers[name] ?? (forEach ? 3 : true);
    if (answer === 'reject') return ['reject', task, wholeTask];
    if (answer === false) return ['skip', task];
    return typeof answer === 'number' ? ['expand', task, answer] : ['ready', task];
  }

  private take(cause: SessionEvent | Decision, decided: Decided): Decided {
    this.referee.watch({ cause, now: this.now, before: this.state, decided });
    this.state = decided.state;
    this.index = decided.index ?? this.index;
    this.commands.push(...decided.commands);
    this.facts.push(...decided.facts);
    return decided;
  }
}
