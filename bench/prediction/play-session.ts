import { applyDecision, decide } from '../../src/domain/session/decide';
import type { Decided } from '../../src/domain/session/decide';
import type { Decision, SessionEvent } from '../../src/domain/session/events';
import type { PlanIndex } from '../../src/domain/session/outline';
import { startable } from '../../src/domain/session/queue';
import { runKey } from '../../src/domain/session/run-key';
import type { RunRef } from '../../src/domain/session/run-key';
import { findRun, initialState } from '../../src/domain/session/state';
import type { SessionState } from '../../src/domain/session/state';
import { nextWakeAt } from '../../src/domain/session/timers';

/** What really happens in a simulated session. */
export interface TrueWorld {
  attempt(run: RunRef & { tries: number; onFallback: boolean }): { takesMs: number; succeeds: boolean };
  holds(task: number): boolean;
  items(task: number): number;
}

/** An attempt that has ended. */
export interface PlayedAttempt {
  task: number;
  takesMs: number;
  succeeded: boolean;
}

interface InFlight extends PlayedAttempt {
  item: number;
  endsAt: number;
  event: Extract<SessionEvent, { type: 'attempt-ended' }>;
}

/** Sees the session after each turn, with the attempts in flight: when they began. */
export type Look = (state: SessionState, now: number, begunAt: ReadonlyMap<string, number>) => void;

/** Plays a session to its end through the real engine, with a clock of its own; the state is looked at after each turn. */
export function playSession(
  index: PlanIndex,
  world: TrueWorld,
  { id = 'session', startAt = 0, look }: { id?: string; startAt?: number; look?: Look } = {},
): { state: SessionState; endedAt: number; attempts: PlayedAttempt[] } {
  let state = initialState(index, id, startAt);
  let now = startAt;
  let events = 0;
  const attempts: PlayedAttempt[] = [];
  const inFlight = new Map<string, InFlight>();
  const begunAt = new Map<string, number>();
  const take = ({ state: after, commands }: Decided): void => {
    state = after;
    for (const command of commands) if (command.type === 'stop-attempt') stop(command.run);
  };
  // Agents obey at once.
  const stop = (run: string): void => {
    const found = inFlight.get(run);
    if (found) inFlight.set(run, { ...found, endsAt: now, event: { ...found.event, verdict: 'cancelled' } });
  };
  const apply = (decision: Decision): void => take(applyDecision(index, state, decision, now));
  const start = (ref: RunRef & { attempt: number; agent: number }): void => {
    const { task, item, attempt, agent } = ref;
    const key = runKey(index, ref);
    apply(['start', task, item, attempt, agent, attempt]);
    const { tries = 1, onFallback = false } = findRun(state, ref) ?? {};
    const { takesMs, succeeds } = world.attempt({ task, item, tries, onFallback });
    const verdict = succeeds ? 'succeeded' : 'failed';
    const event = { id: `end-${(events += 1)}`, type: 'attempt-ended', run: key, attempt, verdict } as const;
    inFlight.set(key, { endsAt: now + takesMs, event, task, item, takesMs, succeeded: succeeds });
    begunAt.set(key, now);
  };
  const turn = (event: SessionEvent): void => {
    take(decide(index, state, event, now));
    let isMoving = true;
    while (isMoving) {
      for (let [task] = state.toEvaluate; task !== undefined; [task] = state.toEvaluate) {
        apply(evaluated(index, world, task));
      }
      const runs = startable(index, state);
      runs.forEach(start);
      isMoving = runs.length > 0;
    }
    look?.(state, now, begunAt);
  };

  turn({ id: 'start', type: 'session-started' });
  while (!state.ended) {
    let next: [run: string, InFlight] | undefined;
    for (const one of inFlight) if (!next || endsBefore(one[1], next[1])) next = one;
    const wakeAt = startAt + (nextWakeAt(state) ?? Infinity);
    if (!next || wakeAt < next[1].endsAt) {
      if (wakeAt === Infinity) throw new Error(`the session is stuck: ${JSON.stringify(state)}`);
      now = wakeAt;
      turn({ id: `wake-${(events += 1)}`, type: 'time-passed', at: wakeAt - startAt });
      continue;
    }
    const [run, { endsAt, task, takesMs, succeeded, event }] = next;
    now = endsAt;
    inFlight.delete(run);
    begunAt.delete(run);
    if (event.verdict !== 'cancelled') attempts.push({ task, takesMs, succeeded });
    turn(event);
  }
  return { state, endedAt: now, attempts };
}

/** Items that are stopped at once end in their order. */
function endsBefore(left: InFlight, right: InFlight): boolean {
  return left.endsAt === right.endsAt ? left.item < right.item : left.endsAt < right.endsAt;
}

function evaluated(index: PlanIndex, world: TrueWorld, task: number): Decision {
  const { conditional, forEach } = index.outline.tasks[task] ?? {};
  if (conditional && !world.holds(task)) return ['skip', task];
  return forEach ? ['expand', task, world.items(task)] : ['ready', task];
}
