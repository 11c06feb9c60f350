import { setImmediate as nextRound } from 'node:timers/promises';
import type { BegunAttempt, Settlement } from '../../contracts/ports/attempt-store';
import type { InlineAttempts, KnownResults, RunningInline } from '../../contracts/ports/inline-attempts';
import type { AttemptKey, CalledAttempt } from '../../contracts/ports/turn-store';
import type { RunResult } from '../../domain/plan/task-results';
import type { LeaseTerms } from '../../domain/routing/attempt-terms';
import { isInFlight, isWanted } from '../../domain/session/in-flight';
import { noAgent, taskAt } from '../../domain/session/outline';
import { runKey, wholeTask } from '../../domain/session/run-key';
import type { TakenTurn } from './take-turn';

export interface AheadLimits {
  /** Attempts that end in one activity: the history takes only so much at once. */
  attempts: number;
  /** Of outputs that a turn stores; one alone may have more. */
  bytes: number;
  /** Attempts that turns start for others meanwhile: a workflow task takes only so many commands. */
  started: number;
  /** Attempts that wait for a place here; while there are as many, turns start no more. */
  waiting: number;
}

/** Who does an attempt, with what its lease says. */
export type AgentHere = Pick<BegunAttempt, 'agent' | 'agentWorkspace' | keyof LeaseTerms>;

/** One that a turn has started, and that is to run here. */
interface StartedHere {
  taken: TakenTurn;
  key: CalledAttempt;
  agent: AgentHere;
  /** What its task is given, where it came to that here. */
  known: KnownResults;
}

interface EndedAhead {
  settlement: Settlement;
  /** Who has done it. */
  agent: AgentHere;
}

/** The attempts of one call that run in this process. */
export class AttemptsAhead {
  private readonly running = new Map<string, { attempt: AttemptKey; inline: RunningInline }>();
  private ended: EndedAhead[] = [];
  /** Those that found no place, while others of this session run: they have the places of these. In the order of their turns. */
  private waiting: StartedHere[] = [];
  /** Attempts that have succeeded here, by run, as turns have stored it: what comes after them need not read what they came to. */
  private readonly succeeded = new Map<string, { attempt: number; outputHash: string | undefined }>();
  /** All whose agents were called, by key. */
  private readonly called = new Map<string, CalledAttempt>();
  private wake: () => void = () => undefined;
  private readonly since: number;
  private leave: (() => void) | undefined;
  private leftToOthers = 0;

  constructor(
    private readonly inline: InlineAttempts,
    private readonly limits: AheadLimits,
    private readonly now: () => number,
  ) {
    this.since = now();
  }

  /** No more is to be started for now. */
  get isFull(): boolean {
    const { limits, called, leftToOthers, waiting } = this;
    const isTimeUp = this.now() - this.since >= this.inline.patience().turnsMs;
    const isEnough = called.size + waiting.length >= limits.attempts || leftToOthers >= limits.started;
    return isTimeUp || isEnough || waiting.length >= limits.waiting;
  }

  /** Begins the attempts that the turn has started and that are in flight by now. */
  start(taken: TakenTurn, current: TakenTurn): void {
    const { turn, loaded } = taken;
    const known = this.resultsIn(current);
    for (const decision of turn.decisions) {
      if (decision[0] !== 'start') continue;
      const [, task, item, attempt, agent, token, mark = 0] = decision;
      const run = runKey(loaded.index, { task, item });
      // In flight already, or over, or its agent comes for it; and a child session is no attempt.
      if (mark !== 0 || agent === noAgent || !isInFlightIn(current, { run, attempt })) continue;
      const here =
        typeof agent === 'number'
          ? this.ofPlan(taken, taskAt(loaded.index, task).name, agent)
          : chosenInTurn(taken, run);
      // One that is to stop was called for before, by a worker that is gone: another settles it.
      const isForHere = here && isWantedIn(current, { run, attempt });
      if (isForHere) this.beginOrWait({ taken, key: { run, attempt, token }, agent: here, known });
      else this.leftToOthers += 1;
    }
  }

  private beginOrWait(started: StartedHere): void {
    if (this.waiting.length === 0 && this.begin(started)) return;
    // Where others have all places, nothing says when there will be one.
    if (this.running.size > 0) this.waiting.push(started);
    else this.leftToOthers += 1;
  }

  /** With the places of those that have ended. */
  private beginWaiting(): void {
    const more = this.patienceLeft() > 0 ? this.waiting.findIndex((started) => !this.begin(started)) : 0;
    this.waiting = more < 0 ? [] : this.waiting.slice(more);
    if (this.running.size > 0) return;
    this.leftToOthers += this.waiting.length;
    this.waiting = [];
  }

  /** False where there is no place. */
  private begin({ taken, key, agent, known }: StartedHere): boolean {
    const { workspace, id, planName, inputsHash, baseDirectory, settings } = taken.session;
    const inline = this.inline.begin(
      { workspace, session: id, ...key },
      {
        planName,
        planHash: taken.loaded.hash,
        inputsHash,
        baseDirectory,
        ...agent,
        leaseMs: settings.leaseMs,
        isCancelled: false,
      },
      known,
    );
    if (inline) this.follow(key, inline, agent);
    return inline !== undefined;
  }

  /** How long an attempt that begins now may take, in milliseconds: all is over when the last that could begin in time would be. */
  private patienceLeft(): number {
    const { turnsMs, attemptMs } = this.inline.patience();
    return Math.min(attemptMs, this.since + turnsMs + attemptMs - this.now());
  }

  /** Of tasks that have succeeded here by the turn; a fan-out is read, as are those that came to anything else. */
  private resultsIn({ state, loaded: { index } }: TakenTurn): KnownResults {
    return (tasks) => {
      const results = tasks.flatMap((name): RunResult[] => {
        const task = state.tasks[index.taskByName.get(name) ?? -1];
        const settled = this.succeeded.get(name);
        const isHere = task?.status === 'succeeded' && !task.items && task.attempt === settled?.attempt;
        return isHere ? [{ task: name, item: wholeTask, status: 'succeeded', outputHash: settled?.outputHash }] : [];
      });
      return results.length === tasks.length ? results : undefined;
    };
  }

  /** Undefined where it is for others. */
  private ofPlan({ loaded }: TakenTurn, taskName: string, agentAt: number): AgentHere | undefined {
    const agent = loaded.index.outline.agents[agentAt]?.name;
    const task = loaded.plan.tasks[taskName];
    return agent !== undefined && task && this.inline.takes(loaded.plan, task, agent) ? { agent } : undefined;
  }

  /** What has ended since, together, as much of it as a turn may store; none where nothing runs. */
  async nextEnded(): Promise<EndedAhead[]> {
    while (this.ended.length === 0 && this.running.size > 0) {
      await new Promise<void>((resolve) => (this.wake = resolve));
      // Others may end in the same moment: they share a turn.
      await nextRound();
    }
    let count = 0;
    for (let bytes = 0; count < this.ended.length; count++) {
      bytes += this.ended[count]?.settlement.output?.body.length ?? 0;
      if (count > 0 && bytes > this.limits.bytes) break;
    }
    return this.ended.splice(0, count);
  }

  /** A turn has stored what these came to. Where somebody else was first with the turn, it is what they came to elsewhere that counts. */
  noteCommitted(settlements: readonly Settlement[]): void {
    for (const { attempt, verdict, output } of settlements)
      if (verdict === 'succeeded')
        this.succeeded.set(attempt.run, { attempt: attempt.attempt, outputHash: output?.hash });
  }

  /** Those of the attempts for which no agent was called here; from now on none is. */
  uncalled(attempts: readonly AttemptKey[]): AttemptKey[] {
    const uncalled = new Map(attempts.map((one) => [keyOf(one), one]));
    for (const key of this.called.keys()) uncalled.delete(key);
    this.waiting = this.waiting.filter(({ key }) => !uncalled.has(keyOf(key)));
    return [...uncalled.values()];
  }

  /** Leaves those that the session has ended meanwhile, and stops those that it has told to. */
  leaveOverdue(current: TakenTurn): void {
    this.waiting = this.waiting.filter(({ key }) => isWantedIn(current, key));
    for (const { attempt, inline } of this.running.values()) {
      if (!isInFlightIn(current, attempt)) inline.giveUp();
      else if (!isWantedIn(current, attempt)) inline.stop();
    }
  }

  /** Those that others have to finish after the last turn, although their agents were called. */
  leftUnfinished(last: TakenTurn): CalledAttempt[] {
    return [...this.called.values()].filter((attempt) => isInFlightIn(last, attempt));
  }

  /** Whatever still runs; it is over. */
  giveUp(): void {
    this.waiting = [];
    for (const { inline } of this.running.values()) inline.giveUp();
    this.leave?.();
  }

  private follow(attempt: CalledAttempt, inline: RunningInline, agent: AgentHere): void {
    const key = keyOf(attempt);
    this.called.set(key, attempt);
    this.leave ??= this.inline.enter();
    this.running.set(key, { attempt, inline });
    const timer = setTimeout(() => inline.giveUp(), this.patienceLeft());
    void inline.ended.then((settlement) => {
      clearTimeout(timer);
      this.running.delete(key);
      if (settlement) this.ended.push({ settlement, agent });
      else this.leftToOthers += 1;
      this.beginWaiting();
      this.wake();
    });
  }
}

const keyOf = ({ run, attempt }: AttemptKey): string => `${run}/${attempt}`;

function isInFlightIn({ loaded, state }: TakenTurn, attempt: AttemptKey): boolean {
  return isInFlight(loaded.index, state, attempt);
}

function isWantedIn({ loaded, state }: TakenTurn, attempt: AttemptKey): boolean {
  return isWanted(loaded.index, state, attempt);
}

/** An agent of the registry, as the turn has chosen it, with what its lease says; undefined where it is for others. */
function chosenInTurn({ inline }: TakenTurn, run: string): AgentHere | undefined {
  const chosen = inline?.get(run);
  if (!chosen) return undefined;
  const { workspace: agentWorkspace, name: agent, ...terms } = chosen;
  return { agent, agentWorkspace, ...terms };
}
