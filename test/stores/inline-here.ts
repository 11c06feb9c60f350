import { createSessionActivities } from '../../src/activities/commit-turn';
import type { Settlement } from '../../src/contracts/ports/attempt-store';
import type { InlineAttempts } from '../../src/contracts/ports/inline-attempts';
import type { RunTaskInput, SessionActivities, TurnResult } from '../../src/contracts/protocol/activities';
import type { SessionEvent } from '../../src/domain/session/events';
import { until } from '../helpers/until';
import type { DrivenTurn, SessionDriver } from './session-driver';
import { settlement } from './settlements';
import type { TestStores } from './test-stores';

/** A session worker whose short attempts go on until the test ends them. */
export interface InlineWorker {
  activities: SessionActivities;
  /** Those that were begun, by run, with what they were told. */
  begun: Map<string, { input: RunTaskInput; told: ('give up' | 'stop')[] }>;
  /** Waits until the attempt has begun, and ends it: nobody knows what it has cost, unless told otherwise. */
  end(run: string, changes: Partial<Settlement>): Promise<void>;
  /** Waits until the attempt has begun, and leaves it to others. */
  giveUp(run: string): Promise<void>;
  /** Waits until the attempt is told to stop. */
  stopped(run: string): Promise<void>;
  /** The next turn of the session and those that run ahead of it, for its workflow. */
  take(session: SessionDriver, ...events: SessionEvent[]): Promise<DrivenTurn['commands']>;
}

/** `places`: how many attempts find one. */
export function startInlineWorker(
  stores: Pick<TestStores, 'turns' | 'plans' | 'artifacts' | 'directory'>,
  places = Infinity,
): InlineWorker {
  const begun: InlineWorker['begun'] = new Map();
  const ends = new Map<string, (settlement: Settlement | undefined) => void>();
  const inline: InlineAttempts = {
    takes: () => true,
    begin: (input) => {
      if (begun.size >= places) return undefined;
      const told: ('give up' | 'stop')[] = [];
      begun.set(input.run, { input, told });
      const ended = new Promise<Settlement | undefined>((resolve) => ends.set(input.run, resolve));
      return { ended, giveUp: () => void told.push('give up'), stop: () => void told.push('stop') };
    },
    enter: () => () => undefined,
    patience: () => ({ turnsMs: 60_000, attemptMs: 60_000 }),
  };
  const { turns, plans, artifacts, directory } = stores;
  const activities = createSessionActivities({
    turns,
    plans,
    artifacts,
    directory,
    inline,
    tellParent: () => undefined,
  });
  const resolve = async (run: string, with_: (input: RunTaskInput) => Settlement | undefined): Promise<void> => {
    await until(`${run} has begun`, () => ends.has(run));
    const input = begun.get(run)?.input;
    if (!input) throw new Error(`${run} was never begun`);
    ends.get(run)?.(with_(input));
    ends.delete(run);
  };
  return {
    activities,
    begun,
    end: (run, changes) => resolve(run, (input) => unpriced(input, changes)),
    giveUp: (run) => resolve(run, () => undefined),
    stopped: (run) => until(`${run} is told to stop`, () => begun.get(run)?.told.includes('stop') === true),
    take: async (session, ...events) => {
      const result: TurnResult = await activities.commitTurn(session.request(...events));
      const turns = [session.follow(result, events)];
      for (const ahead of result.ahead ?? []) turns.push(session.follow(ahead, []));
      return turns.flatMap(({ commands }) => commands);
    },
  };
}

/** A success, unless told otherwise, of which nobody knows what it has cost. */
export function unpriced(attempt: RunTaskInput, changes: Partial<Settlement> = {}): Settlement {
  const { tokens: _, costUsd: __, ...settled } = settlement(attempt, changes);
  return { ...settled, ...changes };
}
