import { compileLinearPattern } from '../../../src/domain/expressions/linear-pattern';

describe('a linear pattern', () => {
  it.each([
    ['^[a-z]+-\\d{2}$', 'abc-12', true],
    ['^[a-z]+-\\d{2}$', 'abc-1', false],
    ['b', 'abc', true],
    ['^ä\\p{L}$', 'äö', true],
    ['', 'anything', true],
  ])('says whether %j matches somewhere in %j', (source, text, expected) => {
    expect(compileLinearPattern(source).test(text)).toBe(expected);
  });

  it.each(['(a+)+$', '^(a|a)*$', '(a*)*b', 'a*a*a*a*a*a*b', '(.*.*)*x'])(
    'answers %s on a text on which a backtracking engine would run for years',
    (source) => {
      expect(compileLinearPattern(source).test(`${'a'.repeat(2_000)}!`)).toBe(false);
    },
  );

  it.each([
    '(?=a)',
    '(?<!a)b',
    '(a)\\1',
    'a{5000}',
    '(a',
    'a)',
    '*a',
    '[b-a]',
    '[a',
    '\\',
    '('.repeat(2_000),
    '(a?){1000}'.repeat(5),
  ])('refuses %s and says why', (source) => {
    expect(() => compileLinearPattern(source)).toThrow(/cannot be read: /);
  });
});
