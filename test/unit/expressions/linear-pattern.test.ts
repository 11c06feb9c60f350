import fc from 'fast-check';
import { compileLinearPattern } from '../../../src/domain/expressions/linear-pattern';

const atom = fc.constantFrom(
  'a',
  'b',
  '.',
  '\\d',
  '\\w',
  '\\W',
  '\\s',
  '[ab]',
  '[^a]',
  '[a-c1-3]',
  '\\.',
  '-',
  '1',
  ' ',
  '\\b',
  '\\B',
  '^',
  '$',
);
const quantifier = fc.constantFrom('', '*', '+', '?', '{2}', '{0,2}', '{1,}', '*?', '+?');

const leaf = fc.tuple(atom, quantifier).map(([body, times]) => (/^(\\[bB]|\^|\$)$/.test(body) ? body : body + times));

/** Up to two levels of groups: small enough for the engine that backtracks to answer at once. */
const group = (item: fc.Arbitrary<string>, quantified: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(fc.array(item, { maxLength: 2 }), { minLength: 1, maxLength: 2 }), quantified)
    .map(([choices, times]) => `(?:${choices.map((items) => items.join('')).join('|')})${times}`);
const inner = group(leaf, quantifier);
const pattern = fc
  .array(fc.oneof(leaf, inner, group(fc.oneof(leaf, inner), quantifier)), { maxLength: 3 })
  .map((parts) => parts.join(''));

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ' ', '.', '-', '\n', 'é'), maxLength: 12 });

describe('a linear pattern', () => {
  it('matches exactly what the engine of JavaScript matches', () => {
    fc.assert(
      fc.property(pattern, text, (source, value) => {
        expect(compileLinearPattern(source).test(value)).toBe(new RegExp(source).test(value));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each(['(a+)+$', '^(a|a)*$', '(a*)*b', 'a*a*a*a*a*a*b', '(.*.*)*x'])(
    'answers %s on a text on which a backtracking engine would run for years',
    (source) => {
      expect(compileLinearPattern(source).test(`${'a'.repeat(2_000)}!`)).toBe(false);
    },
  );

  it.each([
    ['(?=a)', 'look-ahead'],
    ['(?<!a)b', 'look-ahead and look-behind'],
    ['(a)\\1', 'back-references'],
    ['a{5000}', 'at most 1000 repetitions'],
    ['(?:a{1000}){1000}', 'too large'],
    ['(a', '")" is missing'],
    ['a)', '")" without "("'],
    ['*a', 'nothing to repeat'],
    ['a**', 'nothing to repeat'],
    ['[b-a]', 'wrong order'],
    ['[a', 'ends too early'],
    ['\\', 'ends too early'],
    ['('.repeat(300), 'inside each other'],
  ])('refuses %s', (source, reason) => {
    expect(() => compileLinearPattern(source)).toThrow(reason);
  });

  it('reads whatever it is given as a pattern or as a fault, and never breaks', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab01()[]{}|*+?^$\\.-,:=!<>xu'), maxLength: 30 }), (source) => {
        try {
          compileLinearPattern(source).test('ab01');
        } catch (error) {
          expect(error).toHaveProperty('code', 'EXPRESSION_INVALID');
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
