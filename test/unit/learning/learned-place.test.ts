import { attemptPlace, longestInlineMs, placeWords } from '../../../src/domain/learning/learned-place';
import { recordOf } from '../routing/agent-profiles';

const times = (count: number, durationMs: number): number[] => Array.from({ length: count }, () => durationMs);

test('attempts that are known to be short run inside the turn, others do not', () => {
  expect(attemptPlace({ record: recordOf(times(20, 40)) })).toEqual({
    inline: true,
    from: 'evidence',
    successes: 20,
    p90Ms: 40,
  });
  expect(attemptPlace({ record: recordOf(times(20, longestInlineMs)) })).toMatchObject({ inline: true });
  expect(attemptPlace({ record: recordOf(times(20, longestInlineMs + 5)) })).toMatchObject({ inline: false });
});

test('nine of ten must be short, not half of them', () => {
  const record = recordOf([...times(15, 40), ...times(5, 2_000)]);
  expect(attemptPlace({ record })).toMatchObject({ inline: false });
});

test('a few successes say nothing, and neither do failures', () => {
  expect(attemptPlace({ record: recordOf(times(15, 40)) })).toBeUndefined();
  expect(attemptPlace({ record: recordOf(times(15, 40), 100) })).toBeUndefined();
  expect(attemptPlace({})).toBeUndefined();
});

test('what the plan says goes before evidence', () => {
  expect(attemptPlace({ asked: false, record: recordOf(times(20, 40)) })).toEqual({ inline: false, from: 'plan' });
  expect(attemptPlace({ asked: true, record: recordOf(times(20, 4_000)) })).toEqual({ inline: true, from: 'plan' });
});

test('it is told in plain words', () => {
  expect(placeWords({ inline: true, from: 'evidence', successes: 19.2, p90Ms: 40 })).toBe(
    'inside the turn, if not too many do already, from evidence: nine of ten of its successes at this kind of task stay within 40 ms, after 19.2 of them; up to 250 ms are short',
  );
  expect(placeWords({ inline: false, from: 'plan' })).toBe('in a worker, as the plan says');
});
