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
import { isRefusedValue } from '../../domain/refused-value';
import type { TakenTurn } from './take-turn';

export interface AheadLimits {
  /** Attempts that end in one activity: the history takes only so much at once. */
  attempts: number;
  /** Of outputs that a turn stores; one alone may have more. */
  bytes: number;
  /** Attempts that turns start for others meanwhile: a workflow task takes only so many commands. */
  started: number;
}

const aheadLimits: AheadLimits = { attempts: 2_000, bytes: 32 * 1024 * 1024, started: 500 };

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
      const additions = { events, settlements, freed, isLast: ahead.isOver };
      const next = await takeNext(lastOf(turns), additions).catch(undefinedWhereRefused);
      // It would be refused again: workers do what ended just now, each by itself, and the session hears which it was.
      if (!next) return;
      turns.push(next);
      if (!next.isRepeat) ahead.noteCommitted(settlements);
      ahead.leaveOverdue(next);
      ahead.start(next, next);
    }
  } finally {
    ahead.giveUp();
  }
}

function undefinedWhereRefused(error: unknown): undefined {
  if (!isRefusedValue(error)) throw error;
}

function lastOf(turns: readonly TakenTurn[]): TakenTurn {
  const last = turns.at(-1);
  if (!last) throw new RangeError('running ahead begins with a turn');
  return last;
}

/** Who does an attempt, with what its lease says. */
type AgentHere = Pick<BegunAttempt, 'agent' | 'agentWorkspace' | keyof LeaseTerms>;

interface EndedAhead {
  settlement: Settlement;
  /** Who has done it. */
  agent: AgentHere;
}

/** The attempts of one call that run in this process. */
class AttemptsAhead {
  private readonly running = new Map<string, { run: string; attempt: number; inline: RunningInline }>();
  private ended: EndedAhead[] = [];
  /** Attempts that have succeeded here, by run, as turns have stored it: what comes after them need not read what they came to. */
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

  /** No more is to be started here. */
  get isOver(): boolean {
    const { limits, begun, leftToOthers } = this;
    const isTimeUp = this.now() - this.since >= this.inline.patience().turnsMs;
    return isTimeUp || begun >= limits.attempts || leftToOthers >= limits.started;
  }

  /** Begins the attempts that the turn has started and that are in flight by now. */
  start(taken: TakenTurn, current: TakenTurn): void {
    const { turn, loaded } = taken;
    const known = this.resultsIn(current);
    for (const decision of turn.decisions) {
      if (decision[0] !== 'start') continue;
      const [, task, item, attempt, agent, token, mark = 0] = decision;
      const run = runKey(loaded.index, { task, item });
      const isWanted = isInFlight(current.loaded.index, current.state, { run, attempt });
      // In flight already, or over, or its agent comes for it; and a child session is no attempt.
      if (mark !== 0 || agent === noAgent || !isWanted) continue;
      const here =
        typeof agent === 'number'
          ? this.ofPlan(taken, taskAt(loaded.index, task).name, agent)
          : chosenInTurn(taken, run);
      const inline = here && this.beginOne(taken, { run, attempt, token }, here, known);
      if (inline) this.follow(run, attempt, inline, here);
      else this.leftToOthers += 1;
    }
  }

  private beginOne(
    taken: TakenTurn,
    key: { run: string; attempt: number; token: number },
    agent: AgentHere,
    known: KnownResults,
  ): RunningInline | undefined {
    const { workspace, id, planName, inputsHash, baseDirectory, settings } = taken.session;
    return this.inline.begin(
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

  /** Leaves those that the session has ended meanwhile. */
  leaveOverdue(current: TakenTurn): void {
    for (const { run, attempt, inline } of this.running.values())
      if (!isInFlight(current.loaded.index, current.state, { run, attempt })) inline.giveUp();
  }

  /** Whatever still runs; it is over. */
  giveUp(): void {
    for (const { inline } of this.running.values()) inline.giveUp();
    this.leave?.();
  }

  private follow(run: string, attempt: number, inline: RunningInline, agent: AgentHere): void {
    const key = `${run}/${attempt}`;
    this.begun += 1;
    this.leave ??= this.inline.enter();
    this.running.set(key, { run, attempt, inline });
    const timer = setTimeout(() => inline.giveUp(), this.inline.patience().attemptMs);
    void inline.ended.then((settlement) => {
      clearTimeout(timer);
      this.running.delete(key);
      if (settlement) this.ended.push({ settlement, agent });
      else this.leftToOthers += 1;
      this.wake();
    });
  }
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
