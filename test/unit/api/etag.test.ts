import { etagOf, isKnown, readIfMatch } from '../../../src/api/etag';

test('an answer with an etag begins its own with it, and ends it with that of all that is shown', () => {
  const tagOf = (body: object): string => etagOf(body, JSON.stringify(body));
  const [idle, busy] = [tagOf({ etag: 'e1', running: 0 }), tagOf({ etag: 'e1', running: 1 })];
  expect([idle.split('.')[0], busy.split('.')[0]]).toEqual(['e1', 'e1']);
  expect(idle).not.toBe(busy);
  expect(tagOf({ running: 0 })).not.toContain('.');
  expect(isKnown(`W/"${idle}"`, idle)).toBe(true);
  expect(isKnown(`"${idle}"`, busy)).toBe(false);
});

test.each([
  [undefined, undefined],
  ['*', '*'],
  [' * ', '*'],
  ['"e1"', ['e1']],
  ['"e1.whole"', ['e1']],
  ['W/"e1.whole"', ['e1']],
  ['"e1.whole", "e2"', ['e1', 'e2']],
  ['e1', ['e1']],
  ['', ['']],
])('If-Match: %j names %j', (header, named) => {
  expect(readIfMatch(header)).toEqual(named);
});
