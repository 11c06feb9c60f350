import { runAhead } from '../../../src/activities/turn/run-ahead';
import type { AheadLimits } from '../../../src/activities/turn/attempts-ahead';
import type { TakenTurn, TurnAdditions } from '../../../src/activities/turn/take-turn';
import type { Settlement } from '../../../src/contracts/ports/attempt-store';
import type { InlineAttempts, KnownResults } from '../../../src/contracts/ports/inline-attempts';
import { attemptEnded, attemptUnstarted } from '../../../src/contracts/protocol/attempt-events';
import { applyDecision, decide } from '../../../src/domain/session/decide';
import type { Command, Decision, SessionEvent } from '../../../src/domain/session/events';
import { isInFlight } from '../../../src/domain/session/in-flight';
import type { Outline, PlanIndex } from '../../../src/domain/session/outline';
import { indexOutline, registryAgent } from '../../../src/domain/session/outline';
import { replayTurn } from '../../../src/domain/session/replay-turn';
import { runKey, wholeTask } from '../../../src/domain/session/run-key';
import { initialState } from '../../../src/domain/session/state';
import type { SessionState } from '../../../src/domain/session/state';
import { nextWakeAt } from '../../../src/domain/session/timers';
import { createRandom } from '../../../src/domain/random';
import { decideTurn } from './turn';

const startOfTime = 1_700_000_000_000;

export interface Split {
  seed: number;
  /** Share of the attempts that run inside turns, 0–1. */
  inline: number;
  /** How long turns follow one another. */
  turnsMs: number;
  limits: AheadLimits;
  /** Attempts that run in turns at once; default any number, but for one in ten that finds no place. */
  places?: number | undefined;
  /** Share of the attempts that run in turns, 0–1, that take too long and are left to others. Default 0. */
  overruns?: number;
  /** Share of the turns, 0–1, in which the worker is killed, just before their commit or just behind it. Default 0. */
  kills?: number;
  /** Share of the activities, 0–1, that a second worker does at the same time. Default 0. */
  twins?: number;
  /** Share of the activities, 0–1, before which somebody pauses the session. Default 0. */
  pauses?: number;
}

/** A session whose attempts come to what their names say, in whatever turns they end: its outcomes do not hang on the order. */
export class SplitSession {
  readonly index: PlanIndex;
  state: SessionState;
  turns = 0;
  activities = 0;
  /** Turns that were to start nothing. */
  postponed = 0;
  /** How often it has entered, and not left again. */
  ahead = 0;
  /** Attempts that ran although what they came to was committed. */
  readonly repeated: string[] = [];
  /** Attempts that were ended as never begun although their agents were called in turns. */
  readonly returned: string[] = [];
  /** What tasks were said to have come to, other than what is committed. */
  readonly untrue: string[] = [];
  private now = startOfTime;
  private readonly random: () => number;
  private readonly dispatched = new Map<string, { run: string; attempt: number }>();
  /** The last turn that the workflow knows. */
  private appliedTurn = 0;
  private readonly committed = new Map<number, TakenTurn>();
  private readonly accepted = new Set<string>();
  /** Attempts that were begun in turns. */
  private readonly called = new Set<string>();
  /** Hashes of outputs of attempts that have ended inside turns, as committed. */
  private readonly outputs = new Map<string, string | undefined>();
  private executions = 0;

  constructor(
    outline: Outline,
    private readonly split: Split,
  ) {
    this.index = indexOutline(outline);
    this.state = initialState(this.index, 'session', this.now);
    this.random = createRandom('split', split.seed);
  }

  /** What became of every run, by its key. */
  async play(): Promise<Record<string, string>> {
    await this.handle({ id: 'start', type: 'session-started' });
    for (let step = 0; !this.state.ended; step++) {
      const going = [...this.dispatched.values()];
      const chosen = going[Math.floor(this.random() * going.length)];
      const wake = nextWakeAt(this.state);
      if (this.state.paused && (!chosen || this.random() < 0.3)) {
        await this.handle({ id: `resume/${step}`, type: 'resume-requested' });
      } else if (!this.state.paused && this.happens(this.split.pauses)) {
        await this.handle({ id: `pause/${step}`, type: 'pause-requested' });
      } else if (chosen) {
        this.dispatched.delete(keyOf(chosen));
        await this.handle(ended(chosen));
      } else if (wake !== undefined) {
        this.now = Math.max(this.now, startOfTime + wake);
        await this.handle({ id: `time/${step}`, type: 'time-passed', at: wake });
      } else throw new Error('the session waits for nothing');
    }
    return Object.fromEntries(
      this.state.tasks.flatMap((task, at) =>
        [{ run: task, item: wholeTask }, ...(task.items ?? []).map((run, item) => ({ run, item }))].map(
          ({ run, item }): [string, string] => [
            runKey(this.index, { task: at, item }),
            `${run.status} ${run.attempt ?? 0}`,
          ],
        ),
      ),
    );
  }

  /** Activities until the event is taken in and nothing more is to be done at once, and what the workflow makes of their results. */
  private async handle(event: SessionEvent): Promise<void> {
    let inbox = [event];
    for (let more = true; more || inbox.length > 0;) {
      const taken = await this.activity(inbox);
      const commands: Command[] = [];
      for (const { turn } of taken) {
        const replayed = replayTurn(this.index, this.state, turn);
        this.state = replayed.state;
        commands.push(...replayed.commands);
      }
      const last = taken.at(-1);
      expect(this.state).toEqual(last?.state);
      this.appliedTurn = last?.number ?? 0;
      more = last?.turn.more === true;
      inbox = inbox.filter(({ id }) => !this.accepted.has(id));
      this.dispatch(commands);
    }
  }

  /** One local activity: repeated until a worker comes to its end. */
  private async activity(inbox: SessionEvent[]): Promise<TakenTurn[]> {
    for (;;) {
      this.activities += 1;
      const workers = this.happens(this.split.twins) ? 2 : 1;
      const calls = await Promise.allSettled(Array.from({ length: workers }, () => this.call(inbox)));
      const done = calls.filter((call) => call.status === 'fulfilled');
      const [result] = done;
      if (result) return result.value;
      const [failed] = calls;
      if (failed?.status === 'rejected' && failed.reason !== killed) throw failed.reason;
    }
  }

  /** What one worker does in it: the first turn, what is committed behind it, and those that it takes ahead. */
  private async call(inbox: SessionEvent[]): Promise<TakenTurn[]> {
    const first = this.take(this.appliedTurn, this.state, { events: inbox });
    const taken = [first];
    for (let behind = first.isRepeat; behind;) {
      const next = this.committed.get(first.number + taken.length);
      if (next) taken.push({ ...next, isRepeat: true });
      behind = next !== undefined;
    }
    await runAhead(
      this.inline(),
      taken,
      ({ number, state }, next) => {
        const isKilled = this.happens(this.split.kills);
        if (!isKilled || this.random() < 0.5) {
          const turn = this.take(number, state, next);
          if (!isKilled) return Promise.resolve(turn);
        }
        return Promise.reject(killed);
      },
      { limits: this.split.limits, now: () => this.now },
    );
    return taken;
  }

  private happens(share = 0): boolean {
    return share > 0 && this.random() < share;
  }

  private dispatch(commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.type === 'start-attempt' || command.type === 'start-child')
        this.dispatched.set(keyOf(command), command);
    }
    for (const [key, attempt] of this.dispatched)
      if (!isInFlight(this.index, this.state, attempt)) this.dispatched.delete(key);
  }

  /** The turn behind the one of this number: the first commit of it wins. */
  private take(
    number: number,
    before: SessionState,
    {
      events,
      settlements = [],
      isLast = false,
      uncalled = (attempts) => attempts,
    }: { events: SessionEvent[] } & Pick<TurnAdditions, 'settlements' | 'isLast' | 'uncalled'>,
  ): TakenTurn {
    const stored = this.committed.get(number + 1);
    if (stored) return { ...stored, isRepeat: true };
    this.turns += 1;
    if (isLast) this.postponed += 1;
    const news = events.filter(({ id }) => !this.accepted.has(id));
    for (const { id } of news) this.accepted.add(id);
    for (const { attempt, output } of settlements) this.outputs.set(keyOf(attempt), output?.hash);
    let state = before;
    const accepted: SessionEvent[] = [];
    const accept = (event: SessionEvent): void => {
      accepted.push(event);
      const decided = decide(this.index, state, event, this.now);
      ({ state } = decided);
      const stops = decided.commands.filter((command) => command.type === 'stop-attempt');
      // Agent workers have begun what they were given.
      for (const stop of uncalled(stops.filter((one) => !this.dispatched.has(keyOf(one))))) {
        if (this.called.has(keyOf(stop))) this.returned.push(keyOf(stop));
        accept(attemptUnstarted(stop.run, stop.attempt));
      }
    };
    news.forEach(accept);
    const decisions = isLast
      ? []
      : decideTurn(this.index, {
          state: () => state,
          evaluate: (task) => evaluated(this.index, task),
          start: ({ task, item, attempt, agent }) => [
            'start',
            task,
            item,
            attempt,
            agent === registryAgent ? 'registered' : agent,
            this.turns,
          ],
          apply: (decision) => void ({ state } = applyDecision(this.index, state, decision, this.now)),
        });
    const turn = { now: this.now, accepted, dropped: [], decisions, ...(isLast && { more: true as const }) };
    const tasks = Object.fromEntries(this.index.outline.tasks.map(({ name }) => [name, { name }]));
    const taken = {
      number: number + 1,
      turn,
      state,
      session: { workspace: 'default', id: 'session', settings: { leaseMs: 1 } },
      loaded: { hash: 'plan', plan: { tasks, agents: {} }, index: this.index },
      isRepeat: false,
    } as unknown as TakenTurn;
    this.committed.set(taken.number, taken);
    return taken;
  }

  private inline(): InlineAttempts {
    let held = 0;
    return {
      takes: () => this.random() < this.split.inline,
      begin: (input, _, known) => {
        if (this.split.places === undefined ? this.random() < 0.1 : held >= this.split.places) return undefined;
        held += 1;
        if (this.accepted.has(ended(input).id)) this.repeated.push(keyOf(input));
        this.checkKnown(known);
        this.called.add(keyOf(input));
        let end: (settlement: Settlement | undefined) => void = () => undefined;
        const stopped = new Promise<Settlement | undefined>((resolve) => (end = resolve));
        const { verdict, retryable } = ended(input);
        this.executions += 1;
        const output =
          verdict === 'succeeded' ? { hash: `execution ${this.executions}`, body: Buffer.alloc(1) } : undefined;
        const settlement = { attempt: input, verdict, retryable: retryable ?? true, output } as Settlement;
        const lasts = Math.floor(this.random() * 3);
        const overruns = this.happens(this.split.overruns);
        const done = Promise.race([after(lasts, overruns ? undefined : settlement), stopped]);
        return {
          ended: done.finally(() => (held -= 1)),
          giveUp: () => end(undefined),
          stop: () => end({ attempt: input, verdict: 'cancelled', retryable: true } as Settlement),
        };
      },
      enter: () => {
        this.ahead += 1;
        return () => void (this.ahead -= 1);
      },
      patience: () => ({ turnsMs: this.split.turnsMs, attemptMs: 60_000 }),
    };
  }

  /** What a task is said to have come to is what is committed of it. */
  private checkKnown(known: KnownResults): void {
    for (const { name } of this.index.outline.tasks) {
      const [result] = known([name]) ?? [];
      if (!result) continue;
      const at = this.index.taskByName.get(name) ?? -1;
      const attempt = [...this.committed.values()].at(-1)?.state.tasks[at]?.attempt ?? 0;
      const stored = this.outputs.get(keyOf({ run: name, attempt }));
      if (result.outputHash !== stored) this.untrue.push(`${name}: ${result.outputHash}, not ${stored}`);
    }
  }
}

const killed = new Error('the worker was killed');

const keyOf = ({ run, attempt }: { run: string; attempt: number }): string => `${run}/${attempt}`;

/** What the attempt comes to, whoever runs it. */
function ended({ run, attempt }: { run: string; attempt: number }) {
  const fails = createRandom('fate', run, attempt)() < 0.4;
  return attemptEnded(run, attempt, { verdict: fails ? 'failed' : 'succeeded', retryable: true });
}

function evaluated({ outline }: PlanIndex, task: number): Decision {
  const { name, forEach, conditional } = outline.tasks[task] ?? { name: '' };
  if (conditional && createRandom('condition', name)() < 0.3) return ['skip', task];
  return forEach ? ['expand', task, 1 + Math.floor(createRandom('items', name)() * 3)] : ['ready', task];
}

async function after<Value>(rounds: number, value: Value): Promise<Value> {
  for (let round = 0; round < rounds; round++) await new Promise(setImmediate);
  return value;
}
