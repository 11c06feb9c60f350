import fc from 'fast-check';
import type { Outline } from '../../../src/domain/session/outline';
import type { Verdict } from '../../../src/domain/verdict';
import { arbitraryOutline } from './arbitrary-outline';
import type { OutlineChange } from './edited-outline';

/** Something that happens to a session. `pick` chooses, modulo their number, among what there is at that moment. */
export type Action =
  | { do: 'end'; pick: number; verdict: Verdict; retryable?: false; retryAfterMs?: number }
  /** The holder is silent; its real end may still come, as `end`. */
  | { do: 'lose'; pick: number }
  | { do: 'leave-unstarted'; pick: number }
  /** A run that waits in the line gets an agent. */
  | { do: 'grant'; pick: number }
  /** An event that came before comes again. */
  | { do: 'repeat'; pick: number }
  | { do: 'pause'; now: boolean }
  | { do: 'resume' }
  | { do: 'cancel' }
  /** Of a task, or of what is in flight. */
  | { do: 'cancel-task'; pick: number }
  | { do: 'retry'; pick: number | 'all' | 'unknown' }
  | { do: 'edit'; changes: OutlineChange[] }
  /** The clock goes on; timers that are due fire. */
  | { do: 'wait'; ms: number }
  /** The clock goes on to the next timer, which fires a moment too early. */
  | { do: 'wake'; earlyMs: number }
  /** The events so far are taken in, and what follows from them is decided. */
  | { do: 'turn' }
  | { do: 'continue-as-new' }
  | { do: 'save' }
  /** Back to the saved turn: what was started and accepted since is forgotten, but has happened. */
  | { do: 'reset' };

/** Disturbance, then calm until the session ends. The next act retries what the one before left. */
export interface Act {
  retry: number | 'all';
  actions: Action[];
  /** Verdicts of the attempts that end in the calm, again and again. */
  endings: Verdict[];
}

export interface Scenario {
  outline: Outline;
  /** By task, modulo: what its condition or its list comes to. A number: so many items. */
  answers: ('skip' | 'reject' | number)[];
  acts: Act[];
}

const verdict = fc.constantFrom<Verdict[]>(
  'succeeded',
  'succeeded',
  'succeeded',
  'failed',
  'failed',
  'rate_limited',
  'contradictory',
  'timed_out',
  'cancelled',
);
const pick = fc.nat(99);

const end = fc
  .tuple(pick, verdict, fc.constantFrom<Partial<Action>[]>({}, {}, {}, { retryable: false }, { retryAfterMs: 30 }))
  .map(([chosen, came, more]) => ({ do: 'end', pick: chosen, verdict: came, ...more }) as Action);

const change: fc.Arbitrary<OutlineChange> = fc.record({
  what: fc.constantFrom<OutlineChange['what'][]>(
    'add',
    'add',
    'remove',
    'remove',
    'rewire',
    'set-policy',
    'say',
    'concurrency',
    'timeout',
    'add-agent',
    'drop-agent',
    'limit',
  ),
  pick,
  id: fc.nat(999),
});

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 12, arbitrary: end },
  { weight: 12, arbitrary: fc.constant<Action>({ do: 'turn' }) },
  {
    weight: 3,
    arbitrary: fc.array(change, { minLength: 1, maxLength: 3 }).map((changes): Action => ({ do: 'edit', changes })),
  },
  { weight: 1, arbitrary: pick.map((chosen): Action => ({ do: 'cancel-task', pick: chosen })) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 60 }).map((ms): Action => ({ do: 'wait', ms })) },
  { weight: 4, arbitrary: fc.constantFrom(0, 1).map((earlyMs): Action => ({ do: 'wake', earlyMs })) },
  { weight: 2, arbitrary: pick.map((chosen): Action => ({ do: 'lose', pick: chosen })) },
  { weight: 1, arbitrary: pick.map((chosen): Action => ({ do: 'leave-unstarted', pick: chosen })) },
  { weight: 4, arbitrary: pick.map((chosen): Action => ({ do: 'grant', pick: chosen })) },
  { weight: 1, arbitrary: pick.map((chosen): Action => ({ do: 'repeat', pick: chosen })) },
  { weight: 2, arbitrary: fc.boolean().map((now): Action => ({ do: 'pause', now })) },
  { weight: 2, arbitrary: fc.constant<Action>({ do: 'resume' }) },
  {
    weight: 3,
    arbitrary: fc
      .oneof(pick, fc.constantFrom('all' as const, 'unknown' as const))
      .map((chosen): Action => ({ do: 'retry', pick: chosen })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Action>({ do: 'save' }, { do: 'reset' }, { do: 'reset' }, { do: 'continue-as-new' }),
  },
);

/** A cancel is rare: most sessions are to be seen to their own end. */
const actions = (maxLength: number): fc.Arbitrary<Action[]> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.array(action, { maxLength, size: 'max' }) },
    {
      weight: 1,
      arbitrary: fc.array(
        fc.oneof({ weight: 19, arbitrary: action }, { weight: 1, arbitrary: fc.constant<Action>({ do: 'cancel' }) }),
        {
          maxLength,
          size: 'max',
        },
      ),
    },
  );

const act: fc.Arbitrary<Act> = fc.record({
  retry: fc.oneof(fc.constant('all' as const), pick),
  actions: actions(40),
  endings: fc.array(verdict, { minLength: 1, maxLength: 5 }),
});

/** Any session and anything that may happen to it. */
export const arbitraryScenario: fc.Arbitrary<Scenario> = fc.record({
  outline: arbitraryOutline({ maxTasks: 30, timeouts: true, onFailure: ['fail', 'continue', 'skip-dependents'] }),
  answers: fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom('skip' as const, 'reject' as const)), {
    minLength: 1,
    maxLength: 5,
  }),
  acts: fc.array(act, { minLength: 1, maxLength: 3 }),
});
