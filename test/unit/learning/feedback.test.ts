import { successOf } from '../../../src/domain/learning/feedback';

it('takes the verdict where nobody says anything', () => {
  expect(successOf('succeeded')).toBe(1);
  expect(successOf('failed')).toBe(0);
  expect(successOf('contradictory')).toBe(0);
});

it('takes the word of a person before the verdict, and a rating before all', () => {
  expect(successOf('succeeded', { useful: false })).toBe(0);
  expect(successOf('failed', { useful: true })).toBe(1);
  expect([1, 2, 3, 4, 5].map((rating) => successOf('succeeded', { rating, useful: false }))).toEqual([
    0, 0.25, 0.5, 0.75, 1,
  ]);
});

it('takes a success for what its gate measured, where nobody knows better', () => {
  expect(successOf('succeeded', undefined, 0.7)).toBe(0.7);
  expect(successOf('succeeded', { modifications: 'fixed the imports' }, 0.3)).toBe(0.3);
  expect(successOf('succeeded', { rating: 5 }, 0.3)).toBe(1);
  expect(successOf('succeeded', { useful: true }, 0.3)).toBe(1);
  expect(successOf('failed', undefined, 0.9)).toBe(0);
});

it('takes a success that had to be changed for half of one', () => {
  expect(successOf('succeeded', { modifications: 'fixed the imports' })).toBe(0.5);
  expect(successOf('failed', { modifications: 'wrote it anew' })).toBe(0);
});
