import { isDeepStrictEqual } from 'node:util';
import type { Fact, SessionEvent } from '../../../src/domain/session/events';
import { brokenInvariants } from '../../../src/domain/session/invariants';
import type { PlanIndex } from '../../../src/domain/session/outline';
import { noAgent, policyOf, registryAgent, taskAt } from '../../../src/domain/session/outline';
import { parseRunKey, runKey, splitRunKey, wholeTask } from '../../../src/domain/session/run-key';
import type { SessionState, Stopping } from '../../../src/domain/session/state';
import { deepFreeze } from './deep-freeze';
import { checkEdit } from './edit-checks';
import type { Step } from './step-checks';
import {
  checkCancelledTask,
  checkFinality,
  checkNeeds,
  checkNothingHappened,
  checkRetry,
  expectThat,
} from './step-checks';

interface InFlight {
  run: string;
  attempt: number;
  agent: string;
  /** How often it was told to stop. */
  told: number;
  /** The latest reason for that. */
  reason?: string;
}

/** What the referee knows of a session, from what went in and came out; never from the engine's own bookkeeping. */
interface Books {
  inFlight: Map<string, InFlight>;
  /** Runs that wait for an agent of the registry. */
  line: Set<string>;
  /** The highest attempt number of each run. */
  latest: Map<string, number>;
  /** Attempts that count, by run and agent before or after the fallback. */
  tries: Map<string, number>;
  /** How often evidence has let a run be tried, at most. */
  allowed: Map<string, number>;
  onFallback: Set<string>;
  /** How the latest accepted attempt of a run ended. */
  verdicts: Map<string, string>;
  lastFactAt: number;
  deadlineAt: number | undefined;
  stopped: Exclude<Stopping, 'failed'> | undefined;
  paused: boolean;
  /** Whether anything was retried, cancelled or timed out as a whole: the rules of needs are looser then. */
  disturbed: boolean;
}

/** Watches every step of a session and throws when one breaks a promise of the engine. */
export class Referee {
  constructor(
    private index: PlanIndex,
    readonly books: Books = {
      inFlight: new Map(),
      line: new Set(),
      latest: new Map(),
      tries: new Map(),
      allowed: new Map(),
      onFallback: new Set(),
      verdicts: new Map(),
      lastFactAt: 0,
      deadlineAt: index.outline.timeoutMs,
      stopped: undefined,
      paused: false,
      disturbed: false,
    },
  ) {}

  clone(): Referee {
    return new Referee(this.index, structuredClone(this.books));
  }

  watch(step: Step): void {
    const { before, decided } = step;
    deepFreeze(decided.state);
    const broken = brokenInvariants(decided.index ?? this.index, decided.state);
    expectThat(broken.length === 0, () => broken.join('; '));
    if (!decided.index) checkFinality(before, decided.state);
    if (decided.refusal !== undefined) checkNothingHappened(step, `refused: ${decided.refusal}`);
    else if (!Array.isArray(step.cause)) this.takeRequest(step.cause, step);
    decided.facts.forEach((fact) => this.takeFact(fact, step));
    this.checkLine(step);
    this.checkStarts(step);
    this.checkStops(step);
    this.checkEnd(step);
  }

  private takeRequest(event: SessionEvent, { before, decided, now }: Step): void {
    const { books } = this;
    switch (event.type) {
      case 'pause-requested':
        books.paused = true;
        return;
      case 'resume-requested':
        books.paused = false;
        return;
      case 'cancel-requested':
        this.stop('cancelled');
        return;
      case 'task-cancel-requested':
        checkCancelledTask(this.index, event.run, before, decided);
        books.disturbed = true;
        return;
      case 'retry-requested':
        checkRetry(this.index, event.task, before, decided);
        if (before.ended && this.index.outline.timeoutMs !== undefined) {
          books.deadlineAt = now - before.startedAt + this.index.outline.timeoutMs;
        }
        books.stopped = undefined;
        books.disturbed = true;
        return;
      case 'time-passed': {
        const isDue = books.deadlineAt !== undefined && books.deadlineAt <= Math.max(event.at, now - before.startedAt);
        if (isDue && before.open > 0 && !books.stopped) this.stop('timed-out');
        return;
      }
      case 'attempt-ended':
      case 'attempt-lost':
      case 'attempt-unstarted': {
        const isCurrent = books.inFlight.get(event.run)?.attempt === event.attempt;
        if (!isCurrent) checkNothingHappened({ cause: event, before, decided, now }, 'not the attempt in flight');
        return;
      }
      case 'agent-granted':
      case 'turn-came':
        if (!books.line.has(event.run))
          checkNothingHappened({ cause: event, before, decided, now }, 'it does not wait for an agent');
        return;
      case 'session-started':
      case 'resolve-requested':
        return;
      case 'edit-requested':
        checkEdit(this.index, event, { cause: event, before, decided, now });
        this.index = decided.index ?? this.index;
        books.deadlineAt = decided.state.deadlineAt;
        return;
    }
  }

  private stop(why: 'cancelled' | 'timed-out'): void {
    this.books.stopped = why;
    this.books.paused = false;
    this.books.disturbed = true;
  }

  private takeFact(fact: Fact, step: Step): void {
    const { books } = this;
    expectThat(fact.at >= books.lastFactAt, () => `time runs backwards at ${JSON.stringify(fact)}`);
    books.lastFactAt = fact.at;
    switch (fact.type) {
      case 'attempt-started':
        this.takeStart(fact, step);
        return;
      case 'attempt-stopping': {
        const attempt = this.inFlight(fact.run, fact.attempt);
        attempt.reason = fact.reason;
        return;
      }
      case 'attempt-ended': {
        const ended = this.inFlight(fact.run, fact.attempt);
        books.inFlight.delete(fact.run);
        books.verdicts.set(fact.run, fact.verdict);
        const isFree =
          ended.reason === 'requeue' ||
          (ended.reason === undefined && fact.verdict === 'unstarted') ||
          (ended.reason === undefined && fact.verdict === 'cancelled' && ended.agent !== 'session');
        if (isFree) this.countTry(fact.run, -1);
        return;
      }
      case 'task-reset':
        this.forgetTries(fact.run);
        return;
      case 'session-ended':
        books.paused = false;
        return;
      default:
        return;
    }
  }

  private takeStart(fact: Extract<Fact, { type: 'attempt-started' }>, { before, decided, cause, now }: Step): void {
    const { books, index } = this;
    const ref = parseRunKey(index, fact.run);
    if (!ref) throw new Error(`no run ${fact.run}`);
    const task = taskAt(index, ref.task);
    const isDecided = Array.isArray(cause) ? cause[0] === 'start' : cause.type === 'agent-granted';
    expectThat(isDecided, () => `${fact.run} started without a decision`);
    expectThat(!books.paused, () => `${fact.run} started in a paused session`);
    expectThat(!books.stopped, () => `${fact.run} started in a session that is ${books.stopped}`);
    expectThat(!books.inFlight.has(fact.run), () => `${fact.run} has two attempts in flight`);
    if (task.race !== undefined) this.checkRacer(fact, { before, decided, cause, now });
    expectThat(
      fact.attempt > (books.latest.get(fact.run) ?? 0),
      () => `${fact.run} used its attempt ${fact.attempt} twice`,
    );
    if (before.tasks[ref.task]?.startedAt === undefined) checkNeeds(this.index, ref.task, decided.state);
    const found = index.outline.agents.findIndex(({ name }) => name === fact.agent);
    const agentIndex = registered.has(fact.agent) ? registryAgent : found;
    if (task.fallback === agentIndex && fact.agent !== 'session' && before.tasks[ref.task] && isOnFallback(before, ref))
      books.onFallback.add(fact.run);
    else {
      const isLeftToRegistry =
        (task.notSameAs !== undefined || task.race !== undefined) && agentIndex === registryAgent;
      const isCandidate = task.subPlan
        ? fact.agent === 'session'
        : task.agents.includes(agentIndex) || isLeftToRegistry;
      expectThat(isCandidate, () => `${fact.run} went to ${fact.agent}, which is no candidate`);
    }
    books.latest.set(fact.run, fact.attempt);
    books.inFlight.set(fact.run, { run: fact.run, attempt: fact.attempt, agent: fact.agent, told: 0 });
    const tries = this.countTry(fact.run, 1);
    const { attempts } = policyOf(index, ref.task).retry;
    const allowed = books.allowed.get(fact.run) ?? 0;
    expectThat(tries <= Math.max(attempts, allowed), () => `${fact.run} is tried for the ${tries}th time`);
    // What was allowed once may have led to a try that was not begun, and is made again.
    const allowedNow = (Array.isArray(cause) ? cause[7] : 'tries' in cause ? cause.tries : undefined) ?? 0;
    books.allowed.set(fact.run, Math.max(allowed, allowedNow));
    this.checkLimits(ref.task);
  }

  /** Racers work with different agents, unless a reset has brought one back; nobody starts once somebody has won. */
  private checkRacer({ run, agent }: Extract<Fact, { type: 'attempt-started' }>, { before, cause }: Step): void {
    const { name } = splitRunKey(run);
    const isAdopted = Array.isArray(cause) && cause[0] === 'start' && cause[6] === 1;
    const same = [...this.books.inFlight.values()].filter(
      (other) => splitRunKey(other.run).name === name && other.agent === agent,
    );
    expectThat(isAdopted || same.length === 0, () => `${run} races against ${same[0]?.run} with the same agent`);
    const { status } = before.tasks[this.index.taskByName.get(name) ?? -1] ?? {};
    expectThat(status === 'queued' || status === 'running', () => `${run} started in a race that is ${status}`);
  }

  private countTry(run: string, change: 1 | -1): number {
    const { tries, onFallback } = this.books;
    const phase = onFallback.has(run) ? `${run}/fallback` : run;
    const count = (tries.get(phase) ?? 0) + change;
    tries.set(phase, count);
    return count;
  }

  private forgetTries(task: string): void {
    const { tries, onFallback } = this.books;
    const isOf = (key: string): boolean => splitRunKey(key.replace('/fallback', '')).name === task;
    for (const key of [...tries.keys()]) if (isOf(key)) tries.delete(key);
    for (const run of [...onFallback]) if (isOf(run)) onFallback.delete(run);
  }

  private inFlight(run: string, attempt: number): InFlight {
    const found = this.books.inFlight.get(run);
    if (found?.attempt !== attempt) throw new Error(`${run} has no attempt ${attempt} in flight`);
    return found;
  }

  private checkLimits(task: number): void {
    const { outline } = this.index;
    const flying = [...this.books.inFlight.values()];
    expectThat(flying.length <= outline.concurrency, () => `${flying.length} attempts exceed the concurrency`);
    for (const { name, maxConcurrent = Infinity } of outline.agents) {
      expectThat(
        flying.filter(({ agent }) => agent === name).length <= maxConcurrent,
        () => `${name} has too much to do`,
      );
    }
    const { maxParallel = Infinity } = policyOf(this.index, task);
    const { name } = taskAt(this.index, task);
    const items = flying.filter(({ run }) => run !== name && splitRunKey(run).name === name);
    expectThat(items.length <= maxParallel, () => `${name} has too many items in flight`);
  }

  /** Whoever joins the line leaves it, once. */
  private checkLine({ decided }: Step): void {
    const { line } = this.books;
    for (const fact of decided.facts) {
      if (fact.type === 'task-waiting' && fact.untilMs === undefined) line.add(fact.run);
    }
    for (const command of decided.commands) {
      if (command.type !== 'leave-line') continue;
      expectThat(line.delete(command.run), () => `${command.run} left the line that it was not in`);
    }
    expectThat(line.size === decided.state.inLine, () => `${[...line].join(', ')} did not leave the line`);
  }

  /** Every start that is not adopted has its one command, and no command is without a start. */
  private checkStarts({ cause, decided }: Step): void {
    const commands = decided.commands.filter(({ type }) => type === 'start-attempt' || type === 'start-child');
    const facts = decided.facts.filter(({ type }) => type === 'attempt-started');
    if (!Array.isArray(cause) && cause.type === 'agent-granted' && facts.length > 0) {
      const { run, attempt, agent, token } = cause;
      const granted = { type: 'start-attempt', run, attempt, agent, token };
      expectThat(isDeepStrictEqual(commands, [granted]), () => `a grant gave ${JSON.stringify(commands)}`);
      return;
    }
    if (!Array.isArray(cause) || cause[0] !== 'start' || facts.length === 0) {
      expectThat(commands.length === 0 && facts.length === 0, () => 'something started by itself');
      return;
    }
    const [, task, item, attempt, agent, token, adopted] = cause;
    const run = runKey(this.index, { task, item });
    const name = typeof agent === 'string' ? agent : (this.index.outline.agents[agent]?.name ?? '');
    const expected =
      agent === noAgent
        ? { type: 'start-child', run, attempt }
        : { type: 'start-attempt', run, attempt, agent: name, token };
    expectThat(
      isDeepStrictEqual(commands, adopted ? [] : [expected]),
      () => `a start gave ${JSON.stringify(commands)}`,
    );
  }

  /** Nothing is told to stop twice; where the session is being stopped, all that is in flight was told. */
  private checkStops({ decided }: Step): void {
    for (const command of decided.commands) {
      const tellsToStop =
        command.type === 'stop-attempt' || (command.type === 'tell-child' && command.tell === 'cancel');
      if (tellsToStop) this.inFlight(command.run, command.attempt).told += 1;
    }
    for (const { run, told, reason } of this.books.inFlight.values()) {
      const expected = reason === undefined && !this.books.stopped ? 0 : 1;
      expectThat(told === expected, () => `${run} was told to stop ${told} times`);
    }
  }

  private checkEnd({ before, decided }: Step): void {
    const ends = decided.commands.filter(({ type }) => type === 'end-session');
    const endsNow = decided.state.ended !== undefined && decided.state.ended !== before.ended;
    expectThat(ends.length === (endsNow ? 1 : 0), () => `the session was ended ${ends.length} times`);
    expectThat(!endsNow || this.books.inFlight.size === 0, () => 'the session ended with attempts in flight');
  }
}

/** Agents that the world's registry has. */
export const registered: ReadonlySet<string> = new Set(['ada', 'bob', 'eve']);

function isOnFallback(state: SessionState, { task, item }: { task: number; item: number }): boolean {
  const whole = state.tasks[task];
  return (item === wholeTask ? whole : whole?.items?.[item])?.onFallback === true;
}
