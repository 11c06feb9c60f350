import { fuseRankings } from '../../../src/domain/memory/fuse-rankings';

test('what stands in both lists comes before what stands higher in one', () => {
  expect(
    fuseRankings([
      ['a', 'b', 'c'],
      ['d', 'c'],
    ]),
  ).toEqual(['c', 'a', 'd', 'b']);
});

test('one list stays as it is, and what is nowhere is nowhere', () => {
  expect(fuseRankings([['b', 'a'], []])).toEqual(['b', 'a']);
  expect(fuseRankings([[], []])).toEqual([]);
});
