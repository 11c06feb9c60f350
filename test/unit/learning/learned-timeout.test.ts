import { attemptTimeout, timeoutWords } from '../../../src/domain/learning/learned-timeout';
import { nothingLearned, recordOutcome } from '../../../src/domain/learning/learned-record';
import { createRandom } from '../../../src/domain/random';
import { drawNormal } from '../../../src/domain/random-variates';

const minuteMs = 60_000;

function recordAfter(durationsMs: readonly number[]) {
  return durationsMs.reduce(
    (learned, durationMs, at) => recordOutcome(learned, { success: 1, durationMs, endedAt: at * minuteMs }),
    nothingLearned,
  ).record;
}

const drawn = (count: number): number[] => {
  const random = createRandom('durations');
  return Array.from({ length: count }, () => Math.exp(Math.log(2 * minuteMs) + 0.3 * drawNormal(random)));
};

const limit = { limitMs: 30 * minuteMs, limitFrom: 'default', attempt: 1 } as const;

test('after 20 outcomes the timeout is twice what 99 of 100 stay within', () => {
  const known = attemptTimeout({ ...limit, record: recordAfter(drawn(20)) });
  expect(known).toMatchObject({ from: 'evidence', ms: 2 * (known.p99Ms ?? 0) });
  const longest = Math.max(...drawn(1_000));
  expect(known.p99Ms).toBeGreaterThan(3 * minuteMs);
  expect(known.ms).toBeGreaterThan(longest);
  expect(known.ms).toBeLessThan(limit.limitMs);
});

test('after fewer, or without any, it is the default', () => {
  expect(attemptTimeout({ ...limit, record: recordAfter(drawn(18)) })).toEqual({ ms: limit.limitMs, from: 'default' });
  expect(attemptTimeout(limit)).toEqual({ ms: limit.limitMs, from: 'default' });
});

test('it is never less than a minute, and never more than what holds without evidence', () => {
  const fast = recordAfter(Array.from({ length: 30 }, () => 100));
  expect(attemptTimeout({ ...limit, record: fast })).toMatchObject({ ms: minuteMs, from: 'evidence' });
  const slow = recordAfter(Array.from({ length: 30 }, (_, at) => (10 + at) * minuteMs));
  expect(attemptTimeout({ ...limit, record: slow })).toEqual({ ms: limit.limitMs, from: 'default' });
});

test('each further attempt gets twice as much: what was learnt did not hold', () => {
  const record = recordAfter(Array.from({ length: 30 }, () => 100));
  const times = [1, 2, 3, 4, 5, 6].map((attempt) => attemptTimeout({ ...limit, attempt, record }).ms / minuteMs);
  expect(times).toEqual([1, 2, 4, 8, 16, 30]);
});

test('it says where it comes from', () => {
  const record = recordAfter(Array.from({ length: 20 }, () => 2 * minuteMs));
  expect(timeoutWords(attemptTimeout({ ...limit, record }))).toBe(
    '4.0 min, from evidence: 99 of 100 of its successes at this kind of task stay within 2.0 min, after 16.6 of them',
  );
  expect(timeoutWords(attemptTimeout(limit))).toBe('30.0 min, the default');
  expect(timeoutWords(attemptTimeout({ ...limit, limitFrom: 'plan', limitMs: 90_000 }))).toBe(
    '90.0 s, as the plan says',
  );
  expect(timeoutWords(attemptTimeout({ ...limit, limitFrom: 'settings', limitMs: 90_000 }))).toBe(
    '90.0 s, as the settings of the workspace say',
  );
});
