import { RepeatPacing } from '../../../src/workers/repeat-pacing';

const key = (name: string): string => name;

it('lets news through at once, and again after pauses that double up to the longest', () => {
  const pacing = new RepeatPacing(1_000, 4_000);
  const through: number[] = [];
  for (let now = 0; now <= 20_000; now += 500) if (pacing.due(['a'], key, now).length > 0) through.push(now);
  expect(through).toEqual([0, 1_000, 3_000, 7_000, 11_000, 15_000, 19_000]);
});

it('paces each piece of news by itself', () => {
  const pacing = new RepeatPacing(1_000, 4_000);
  expect(pacing.due(['a'], key, 0)).toEqual(['a']);
  expect(pacing.due(['a', 'b'], key, 500)).toEqual(['b']);
  expect(pacing.due(['a', 'b'], key, 1_000)).toEqual(['a']);
});

it('forgets what is no news any more', () => {
  const pacing = new RepeatPacing(1_000, 4_000);
  pacing.due(['a'], key, 0);
  pacing.due([], key, 100);
  expect(pacing.due(['a'], key, 200)).toEqual(['a']);
});
