import { setImmediate as nextRound } from 'node:timers/promises';
import type { BegunAttempt, Settlement } from '../../contracts/ports/attempt-store';
import type { InlineAttempts, KnownResults, RunningInline } from '../../contracts/ports/inline-attempts';
import { attemptEnded } from '../../contracts/protocol/attempt-events';
import type { RunResult } from '../../domain/plan/task-results';
import type { AgentKey } from '../../domain/agents/agent';
import type { LeaseTerms } from '../../domain/routing/attempt-terms';
import type { SessionEvent } from '../../domain/session/events';
import { isInFlight } from '../../domain/session/in-flight';
import { noAgent, taskAt } from '../../domain/session/outline';
import { runKey, wholeTask } from '../../domain/session/run-key';
import type { TakenTurn } from './take-turn';

export interface AheadLimits {
  /** Attempts that end in one activity: the history takes only so much at once. */
  attempts: number;
  /** Attempts that turns start for others meanwhile: a workflow task takes only so many commands. */
  started: number;
  /** Attempts that wait for a place here; while there are as many, turns start no more. */
  waiting: number;
}

const aheadLimits: AheadLimits = { attempts: 2_000, started: 500, waiting: 100 };

/** Takes the turn after `last`, with what came in. */
type TakeNext = (
  last: TakenTurn,
  next: { events: SessionEvent[]; settlements: Settlement[]; freed: AgentKey[]; isLast: boolean },
) => Promise<TakenTurn>;

/**
 * Runs inline attempts that turns have started, and takes turn after turn with what they come to, until none is left or the time is up. `turns`: the
 * turn that began it, and those that an earlier call has committed behind it; the new ones are added. What it leaves started is dispatched
 * by the workflow. See docs/decisions on running ahead.
 */
export async function runAhead(
  inline: InlineAttempts,
  turns: TakenTurn[],
  takeNext: TakeNext,
  { limits = aheadLimits, now = Date.now }: { limits?: AheadLimits; now?: () => number } = {},
): Promise<void> {
  const ahead = new AttemptsAhead(inline, limits, now);
  try {
    for (const turn of turns) ahead.start(turn, lastOf(turns));
    for (let ended = await ahead.nextEnded(); ended.length > 0; ended = await ahead.nextEnded()) {
      const settlements = ended.map(({ settlement }) => settlement);
      const events = settlements.map(({ attempt, ...outcome }) => attemptEnded(attempt.run, attempt.attempt, outcome));
      const freed = ended.flatMap(({ agent }) => ofRegistry(agent) ?? []);
      const next = await takeNext(lastOf(turns), { events, settlements, freed, isLast: ahead.isFull });
      turns.push(next);
      ahead.leaveOverdue(next);
      ahead.start(next, next);
    }
  } finally {
    ahead.giveUp();
  }
}

function lastOf(turns: readonly TakenTurn[]): TakenTurn {
  const last = turns.at(-1);
  if (!last) throw new RangeError('running ahead begins with a turn');
  return last;
}

/** Who does an attempt, with what its lease says. */
type AgentHere = Pick<BegunAttempt, 'agent' | 'agentWorkspace' | keyof LeaseTerms>;

/** One that a turn has started, and that is to run here. */
interface StartedHere {
  taken: TakenTurn;
  key: { run: string; attempt: number; token: number };
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
class AttemptsAhead {
  private readonly running = new Map<string, { run: string; attempt: number; inline: RunningInline }>();
  private ended: EndedAhead[] = [];
  /** Those that found no place, while others of this session run: they have the places of these. In the order of their turns. */
  private waiting: StartedHere[] = [];
  /** Attempts that have succeeded here, by run: what comes after them need not read what they came to. */
  private readonly succeeded = new Map<string, { attempt: number; outputHash: string | undefined }>();
  private wake: () => void = () => undefined;
  private readonly since: number;
  private leave: (() => void) | undefined;
  private begun = 0;
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
    const { limits, begun, leftToOthers, waiting } = this;
    const isTimeUp = this.now() - this.since >= this.inline.patience().turnsMs;
    const isEnough = begun + waiting.length >= limits.attempts || leftToOthers >= limits.started;
    return isTimeUp || isEnough || waiting.length >= limits.waiting;
  }

  /** Begins the attempts that the turn has started and that are in flight by now. */
  start(taken: TakenTurn, current: TakenTurn): void {
    const { turn, loaded } = taken;
    const known = this.resultsIn(current);
    for (const decision of turn.decisions) {
      if (decision[0] !== 'start') continue;
      const [, task, item, attempt, agent, token, mark] = decision;
      const run = runKey(loaded.index, { task, item });
      // In flight already, or its agent comes for it; and a child session is no attempt.
      if (mark !== undefined || agent === noAgent || !isInFlightIn(current, { run, attempt })) continue;
      const here =
        typeof agent === 'number'
          ? this.ofPlan(taken, taskAt(loaded.index, task).name, agent)
          : chosenInTurn(taken, run);
      if (here) this.beginOrWait({ taken, key: { run, attempt, token }, agent: here, known });
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
    if (inline) this.follow(key.run, key.attempt, inline, agent);
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

  /** What has ended since, together; none where nothing runs. */
  async nextEnded(): Promise<EndedAhead[]> {
    while (this.ended.length === 0 && this.running.size > 0) {
      await new Promise<void>((resolve) => (this.wake = resolve));
      // Others may end in the same moment: they share a turn.
      await nextRound();
    }
    return this.ended.splice(0);
  }

  /** Leaves those that the session has ended meanwhile. */
  leaveOverdue(current: TakenTurn): void {
    this.waiting = this.waiting.filter(({ key }) => isInFlightIn(current, key));
    for (const { run, attempt, inline } of this.running.values())
      if (!isInFlightIn(current, { run, attempt })) inline.giveUp();
  }

  /** Whatever still runs; it is over. */
  giveUp(): void {
    this.waiting = [];
    for (const { inline } of this.running.values()) inline.giveUp();
    this.leave?.();
  }

  private follow(run: string, attempt: number, inline: RunningInline, agent: AgentHere): void {
    const key = `${run}/${attempt}`;
    this.begun += 1;
    this.leave ??= this.inline.enter();
    this.running.set(key, { run, attempt, inline });
    const timer = setTimeout(() => inline.giveUp(), this.patienceLeft());
    void inline.ended.then((settlement) => {
      clearTimeout(timer);
      this.running.delete(key);
      if (settlement?.verdict === 'succeeded')
        this.succeeded.set(run, { attempt, outputHash: settlement.output?.hash });
      if (settlement) this.ended.push({ settlement, agent });
      else this.leftToOthers += 1;
      this.beginWaiting();
      this.wake();
    });
  }
}

function isInFlightIn({ loaded, state }: TakenTurn, attempt: { run: string; attempt: number }): boolean {
  return isInFlight(loaded.index, state, attempt);
}

/** There is room at it again when it has done an attempt; undefined of an agent of the plan. */
function ofRegistry({ agent: name, agentWorkspace: workspace }: AgentHere): AgentKey | undefined {
  return workspace === undefined ? undefined : { workspace, name };
}

/** An agent of the registry, as the turn has chosen it, with what its lease says; undefined where it is for others. */
function chosenInTurn({ inline }: TakenTurn, run: string): AgentHere | undefined {
  const chosen = inline?.get(run);
  if (!chosen) return undefined;
  const { workspace: agentWorkspace, name: agent, ...terms } = chosen;
  return { agent, agentWorkspace, ...terms };
}
