import fc from 'fast-check';
import { runAhead } from '../../../src/activities/turn/run-ahead';
import type { AheadLimits } from '../../../src/activities/turn/run-ahead';
import type { TakenTurn } from '../../../src/activities/turn/take-turn';
import type { Settlement } from '../../../src/contracts/ports/attempt-store';
import type { InlineAttempts } from '../../../src/contracts/ports/inline-attempts';
import { attemptEnded } from '../../../src/contracts/protocol/attempt-events';
import { applyDecision, decide } from '../../../src/domain/session/decide';
import type { Command, Decision, SessionEvent } from '../../../src/domain/session/events';
import type { Outline, PlanIndex } from '../../../src/domain/session/outline';
import { indexOutline, registryAgent } from '../../../src/domain/session/outline';
import { replayTurn } from '../../../src/domain/session/replay-turn';
import { runKey, wholeTask } from '../../../src/domain/session/run-key';
import { initialState } from '../../../src/domain/session/state';
import type { SessionState } from '../../../src/domain/session/state';
import { nextWakeAt } from '../../../src/domain/session/timers';
import { createRandom } from '../../../src/domain/random';
import { arbitraryOutline } from '../../helpers/engine/arbitrary-outline';
import { engineRuns } from '../../helpers/engine/engine-runs';
import { outlineOf } from '../../helpers/engine/outline-of';
import { decideTurn } from '../../helpers/engine/turn';

const plenty: AheadLimits = { attempts: 2_000, started: 500, waiting: 100 };

const startOfTime = 1_700_000_000_000;

interface Split {
  seed: number;
  /** Share of the attempts that run inside turns, 0–1. */
  inline: number;
  /** How long turns follow one another. */
  turnsMs: number;
  limits: AheadLimits;
  /** Attempts that run in turns at once; default any number, but for one in ten that finds no place. */
  places?: number | undefined;
}

/** A session whose attempts come to what their names say, in whatever turns they end: its outcomes do not hang on the order. */
class SplitSession {
  readonly index: PlanIndex;
  state: SessionState;
  turns = 0;
  activities = 0;
  /** Turns that were to start nothing. */
  postponed = 0;
  /** How often it has entered, and not left again. */
  ahead = 0;
  private now = startOfTime;
  private readonly random: () => number;
  private readonly dispatched = new Map<string, { run: string; attempt: number }>();

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
    await this.activity([{ id: 'start', type: 'session-started' }]);
    while (!this.state.ended) {
      const going = [...this.dispatched.values()];
      const chosen = going[Math.floor(this.random() * going.length)];
      const wake = nextWakeAt(this.state);
      if (chosen) {
        this.dispatched.delete(keyOf(chosen));
        await this.activity([ended(chosen)]);
      } else if (wake !== undefined) {
        this.now = Math.max(this.now, startOfTime + wake);
        await this.activity([{ id: `time/${this.turns}`, type: 'time-passed', at: wake }]);
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

  /** One local activity, and what the workflow makes of its result. */
  private async activity(events: SessionEvent[]): Promise<void> {
    let more = true;
    for (let inbox = events; more; inbox = []) {
      this.activities += 1;
      const taken = [this.turn(this.state, inbox, false)];
      await runAhead(
        this.inline(),
        taken,
        (last, { events: next, isLast }) => Promise.resolve(this.turn(last.state, next, isLast)),
        { limits: this.split.limits, now: () => this.now },
      );
      const commands: Command[] = [];
      for (const { turn } of taken) {
        const replayed = replayTurn(this.index, this.state, turn);
        this.state = replayed.state;
        commands.push(...replayed.commands);
      }
      const last = taken.at(-1);
      expect(this.state).toEqual(last?.state);
      more = last?.turn.more === true;
      this.dispatch(commands);
    }
  }

  private dispatch(commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.type === 'start-attempt' || command.type === 'start-child')
        this.dispatched.set(keyOf(command), command);
    }
    for (const [key, { run, attempt }] of this.dispatched) {
      const at = this.index.taskByName.get(run.replace(/\[.*/, '')) ?? -1;
      const task = this.state.tasks[at];
      const item = /\[(\d+)\]/.exec(run)?.[1];
      const found = item === undefined ? task : task?.items?.[Number(item)];
      if (found?.status !== 'running' || found.attempt !== attempt) this.dispatched.delete(key);
    }
  }

  private turn(before: SessionState, events: SessionEvent[], isLast: boolean): TakenTurn {
    this.turns += 1;
    if (isLast) this.postponed += 1;
    let state = before;
    for (const event of events) ({ state } = decide(this.index, state, event, this.now));
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
    const turn = { now: this.now, accepted: events, dropped: [], decisions, ...(isLast && { more: true as const }) };
    const tasks = Object.fromEntries(this.index.outline.tasks.map(({ name }) => [name, { name }]));
    return {
      number: this.turns,
      turn,
      state,
      session: { workspace: 'default', id: 'session', settings: { leaseMs: 1 } },
      loaded: { hash: 'plan', plan: { tasks, agents: {} }, index: this.index },
      isRepeat: false,
    } as unknown as TakenTurn;
  }

  private inline(): InlineAttempts {
    let taken = 0;
    return {
      takes: () => this.random() < this.split.inline,
      begin: (input) => {
        if (this.split.places === undefined ? this.random() < 0.1 : taken >= this.split.places) return undefined;
        taken += 1;
        let giveUp = (): void => undefined;
        const stopped = new Promise<undefined>((resolve) => (giveUp = () => resolve(undefined)));
        const { verdict, retryable } = ended(input);
        const settlement = { attempt: input, verdict, retryable: retryable ?? true } as Settlement;
        const lasts = Math.floor(this.random() * 3);
        const done = after(lasts, settlement).finally(() => (taken -= 1));
        return { ended: Promise.race([done, stopped]), giveUp };
      },
      enter: () => {
        this.ahead += 1;
        return () => void (this.ahead -= 1);
      },
      patience: () => ({ turnsMs: this.split.turnsMs, attemptMs: 60_000 }),
    };
  }
}

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

const splits: fc.Arbitrary<Split> = fc.record({
  seed: fc.nat(),
  inline: fc.constantFrom(0.3, 0.7, 1),
  turnsMs: fc.constantFrom(0, 60_000),
  places: fc.constantFrom(undefined, 1, 3),
  limits: fc.record({
    attempts: fc.integer({ min: 1, max: 12 }),
    started: fc.integer({ min: 1, max: 12 }),
    waiting: fc.integer({ min: 1, max: 12 }),
  }),
});

/** Which racer is first hangs on the order, as it should. */
const outlines = arbitraryOutline({
  maxTasks: 8,
  timeouts: false,
  onFailure: ['continue', 'skip-dependents'],
}).filter(({ tasks }) => tasks.every(({ race }) => race === undefined));

test('steps of a session come to the same, however they are split into turns and between turns and agent workers', async () => {
  await fc.assert(
    fc.asyncProperty(outlines, splits, async (outline, split) => {
      const apart = await new SplitSession(outline, { ...split, inline: 0, limits: plenty }).play();
      const session = new SplitSession(outline, split);
      expect(await session.play()).toEqual(apart);
      expect(session.ahead).toBe(0);
    }),
    engineRuns(0.02),
  );
});

test('what ends in the same moment shares a turn', async () => {
  const outline = outlineOf({
    ...Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`t${at}`, { onFailure: 'continue' as const }])),
    last: { needs: ['t0', 't19'], onFailure: 'continue' },
  });
  const session = new SplitSession(outline, { seed: 1, inline: 1, turnsMs: 60_000, limits: plenty });
  jest.spyOn(session as unknown as { random: () => number }, 'random').mockReturnValue(0.2);
  await session.play();
  expect(session.turns).toBe(3);
});

test('where its time is up, a session lets the others in, and goes on with its next activity', async () => {
  const names = Array.from({ length: 10 }, (_, at) => `t${at}`);
  const chain = outlineOf(
    Object.fromEntries(
      names.map((name, at) => [name, { needs: names.slice(Math.max(0, at - 1), at), onFailure: 'continue' as const }]),
    ),
  );
  const activitiesOf = async (turnsMs: number): Promise<number> => {
    const session = new SplitSession(chain, { seed: 1, inline: 1, turnsMs, limits: plenty });
    jest.spyOn(session as unknown as { random: () => number }, 'random').mockReturnValue(0.2);
    await session.play();
    return session.activities;
  };
  expect(await activitiesOf(60_000)).toBe(1);
  // Each ends with what it has begun.
  expect(await activitiesOf(0)).toBeGreaterThanOrEqual(10);
});

test('a session that is wider than its places runs all of it here, and starts no more while many wait for one', async () => {
  const names = Array.from({ length: 20 }, (_, at) => `t${at}`);
  const kept = { onFailure: 'continue' as const };
  const wide = outlineOf({
    ...Object.fromEntries(names.map((name) => [name, kept])),
    ...Object.fromEntries(names.map((name) => [`after-${name}`, { needs: [name], ...kept }])),
  });
  const playWith = async (waiting: number): Promise<SplitSession> => {
    const limits = { ...plenty, waiting };
    const session = new SplitSession(wide, { seed: 1, inline: 1, turnsMs: 60_000, limits, places: 3 });
    await session.play();
    expect(session.activities).toBe(1);
    return session;
  };
  expect((await playWith(5)).postponed).toBeGreaterThan(0);
  expect((await playWith(100)).postponed).toBe(0);
});
