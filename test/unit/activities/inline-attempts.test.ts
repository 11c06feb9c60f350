import { createInlineAttempts } from '../../../src/activities/inline-attempts';
import type { AttemptDependencies } from '../../../src/activities/attempt/run-attempt';
import type { BegunAttempt } from '../../../src/contracts/ports/attempt-store';
import type { InlineAttempts, RunningInline } from '../../../src/contracts/ports/inline-attempts';

/** Attempts that never get further than their plan, until it is said not to be there. */
function stuckAttempts(limits: { capacity: number; crowd: number }) {
  let fail = (): void => undefined;
  const never = new Promise<never>((_, reject) => (fail = () => reject(new RangeError('no plan'))));
  never.catch(() => undefined);
  const dependencies = { plans: { load: () => never }, now: () => 0 } as unknown as AttemptDependencies;
  return { inline: createInlineAttempts(dependencies, limits), fail };
}

const begun: BegunAttempt = {
  planName: 'p',
  planHash: 'hash',
  inputsHash: 'hash',
  baseDirectory: '/home/ada',
  agent: 'quick',
  leaseMs: 1_000,
  isCancelled: false,
};

function beginAll(inline: InlineAttempts, session: string, attempts: number): RunningInline[] {
  return Array.from({ length: attempts }, (_, at) =>
    inline.begin({ workspace: 'acme', session, run: `each[${at}]`, attempt: 1, token: at }, begun),
  ).filter((running) => running !== undefined);
}

test('a session with many attempts leaves room for others, and what exceeds its share is left to workers', async () => {
  const { inline, fail } = stuckAttempts({ capacity: 12, crowd: 2 });
  const greedy = beginAll(inline, 'greedy', 50);
  expect(greedy).toHaveLength(6);
  const other = beginAll(inline, 'other', 50);
  expect(other).toHaveLength(3);
  fail();
  // A fault of ours: a worker does them. Their places are free again.
  expect(await Promise.all([...greedy, ...other].map(({ ended }) => ended))).toEqual(Array(9).fill(undefined));
  expect(beginAll(inline, 'other', 50)).toHaveLength(6);
});

test('sessions are brief while many of them run ahead', () => {
  const { inline } = stuckAttempts({ capacity: 12, crowd: 2 });
  const leave = [inline.enter(), inline.enter()];
  const calm = inline.patience();
  leave.push(inline.enter());
  const brief = inline.patience();
  expect(brief.turnsMs).toBeLessThan(calm.turnsMs);
  expect(brief.attemptMs).toBeLessThan(calm.attemptMs);
  leave.forEach((one) => one());
  expect(inline.patience()).toEqual(calm);
});
