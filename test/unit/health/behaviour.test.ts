import { agentFaults, falselyUnusual, foundWith } from '../../../bench/health/simulated-agent';
import type { AgentBehaviour, BehaviourOutcome } from '../../../src/domain/health/behaviour/behaviour';
import { newBehaviour } from '../../../src/domain/health/behaviour/behaviour';
import { observeBehaviour } from '../../../src/domain/health/behaviour/observe';

const minuteMs = 60_000;

/** Attempts a minute apart, from where the behaviour stopped on. */
function after(before: AgentBehaviour, many: Partial<BehaviourOutcome>[]): ReturnType<typeof observeBehaviour> {
  const from = before.recent.at(-1)?.at ?? 0;
  const outcomes = many.map((parts, nth) => ({
    at: from + (nth + 1) * minuteMs,
    task: 'plan/task',
    failed: false,
    durationMs: 10_000 + 100 * (nth % 7),
    costUsd: 0.01,
    ...parts,
  }));
  return observeBehaviour(before, outcomes);
}

const times = (count: number, parts: Partial<BehaviourOutcome> = {}): Partial<BehaviourOutcome>[] =>
  Array.from({ length: count }, () => parts);

const steady = after(newBehaviour, times(300)).behaviour;

describe('in a day of normal running', () => {
  it('no agent of 10 seems unusual, whatever its success rate, with heavy tails and a daily rhythm', () => {
    // `npm run bench:health` has fleets of 100, in which one is allowed.
    expect(falselyUnusual(10, 'test')).toBe(0);
  });
});

// Two sweeps lie a minute apart: an agent that ends so many attempts in it is found out by the second.
test.each([
  ['no success any more', 8],
  ['95% → 40% success', 40],
  ['durations × 5', 20],
  ['durations × 3', 40],
  ['costs × 5', 20],
  ['costs × 3', 40],
])('%s is found within %i attempts', (name, attempts) => {
  const fault = agentFaults.find((one) => one.name === name);
  if (!fault) throw new Error('there is such a fault');
  const missed = Array.from({ length: 4 }, (_, seed) => seed).filter(
    (seed) => foundWith(fault, seed, attempts) === null,
  );
  expect(missed).toEqual([]);
});

describe('an agent', () => {
  it('that fails more than it did is unusual, once, and usual again when it does as before', () => {
    const failing = after(steady, times(12, { failed: true }));
    expect(failing.events).toEqual([
      { kind: 'unusual', why: 'it fails more than it did: 4 of its latest 5 attempts, 0% of those before' },
    ]);
    expect(after(failing.behaviour, times(16)).behaviour.unusual.failures).toBeDefined();
    const well = after(failing.behaviour, times(20));
    expect(well.events).toEqual([{ kind: 'usual', why: 'it no longer fails more than it did' }]);
    expect(after(well.behaviour, times(80)).events).toEqual([]);
  });

  it('that takes longer, and one that costs more, is told in how many times as much', () => {
    const slow = after(steady, times(10, { durationMs: 40_000 }));
    expect(slow.events.map(({ why }) => why)).toEqual([
      expect.stringMatching(/^it takes longer than it did: (3\.9|4) times as long as the same tasks before/),
    ]);
    const dear = after(steady, times(10, { costUsd: 0.05 }));
    expect(dear.events.map(({ why }) => why)).toEqual([
      'it costs more than it did: 5 times as much as the same tasks before, in its latest 10 successes',
    ]);
  });

  it('is not unusual for what is unlikely but of no account', () => {
    expect(after(steady, times(60, { durationMs: 14_000 })).events).toEqual([]);
    const fast = after(newBehaviour, times(300, { durationMs: 20 })).behaviour;
    expect(after(fast, times(60, { durationMs: 400 })).events).toEqual([]);
  });

  it('is not unusual for tasks that it has not done before, however long they take', () => {
    expect(after(steady, times(60, { task: 'plan/other', durationMs: 900_000, costUsd: 3 })).events).toEqual([]);
  });

  it('is compared with nothing while it has too short a past', () => {
    const short = after(newBehaviour, times(29)).behaviour;
    expect(after(short, times(20, { failed: true })).events).toEqual([]);
  });

  it('has what lasts for 200 attempts as its new normal', () => {
    const slow = after(steady, times(400, { durationMs: 40_000 }));
    expect(slow.events.map(({ kind }) => kind)).toEqual(['unusual', 'usual']);
    expect(slow.events.at(-1)?.why).toContain('that is the new normal');
    expect(after(slow.behaviour, times(20, { durationMs: 200_000 })).events).toMatchObject([{ kind: 'unusual' }]);
  });

  it('keeps what is known of it in some kilobytes, however long its past and however many its tasks', () => {
    const many = Array.from({ length: 3_000 }, (_, nth) => ({ task: `plan/task-${nth % 40}` }));
    expect(JSON.stringify(after(newBehaviour, many).behaviour).length).toBeLessThan(40_000);
  });
});
