import fc from 'fast-check';
import { overlaps, readResource } from '../../../src/domain/conflicts/resource';
import type { Resource } from '../../../src/domain/conflicts/resource';

function read(text: string): Resource {
  const found = readResource(text);
  if ('fault' in found) throw new Error(found.fault);
  return found;
}

const meet = (left: string, right: string): boolean => overlaps(read(left), read(right));

describe('a resource', () => {
  it.each([
    ['file:src/a.ts', 'file:src/a.ts'],
    ['file:./src//a.ts', 'file:src/a.ts'],
    ['file:docs/', 'file:docs'],
    ['file:/etc//hosts', 'file:/etc/hosts'],
    ['url:https://example.com/x', 'url:https:/example.com/x'],
    ['file:a/**/**/***/b', 'file:a/**/b'],
  ])('%s is known as %s', (text, normal) => expect(read(text).text).toBe(normal));

  it.each([
    ['src/a.ts', 'names no kind: write a kind and a name, such as repo:main'],
    ['File:a', 'the kind of "File:a" is not made of small letters'],
    [':a', 'the kind of ":a"'],
    ['file:', 'names nothing'],
    ['file:./', 'names nothing'],
    ['file: a', 'begins or ends with white space: remove it'],
    ['file:a/../b', 'name it from the top'],
    ['file:a\nb', 'control character'],
    [`file:${'x'.repeat(500)}`, 'more than 500 characters'],
  ])('is refused with what to do: %s', (text, fault) =>
    expect(readResource(text)).toEqual({ fault: expect.stringContaining(fault) as string }),
  );
});

describe('two resources overlap', () => {
  it.each([
    ['repo:main', 'repo:main', true],
    ['repo:main', 'branch:main', false],
    ['file:src', 'file:src/a.ts', false],
    ['file:src/**', 'file:src/a.ts', true],
    ['file:src/**', 'file:src', true],
    ['file:src/**', 'file:srcs/a.ts', false],
    ['file:src/*', 'file:src/a/b.ts', false],
    ['file:src/*.ts', 'file:src/a.*', true],
    ['file:src/*.ts', 'file:src/*.js', false],
    ['file:src/**.ts', 'file:src/a/b.ts', true],
    ['file:**/a.ts', 'file:a.ts', true],
    ['file:**/a.ts', 'file:src/**', true],
    ['file:src/?.ts', 'file:src/é.ts', true],
    ['file:src/?.ts', 'file:src/ab.ts', false],
    ['file:a/**/b', 'file:a/b', true],
    ['file:a/*/c/**', 'file:*/b/**/d', true],
    ['file:a+b(c)', 'file:a+b(c)', true],
    ['file:*(c)', 'file:a+b(c)', true],
    ['db:*', 'db:orders', true],
  ])('%s and %s: %s', (left, right, expected) => {
    expect(meet(left, right)).toBe(expected);
    expect(meet(right, left)).toBe(expected);
  });

  /** All texts over three letters: long enough for what any two patterns below have in common. */
  const texts = Array.from({ length: 8 }).reduce<string[][]>(
    (lengths) => [...lengths, (lengths.at(-1) ?? []).flatMap((text) => ['a', 'b', '/'].map((letter) => text + letter))],
    [['']],
  );
  const all = texts.flat();

  const meaning: Record<string, string> = { '/**': '(/.*)?', '**/': '(.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

  /** The same rules again, as regular expressions. */
  const expression = (name: string): RegExp =>
    new RegExp(`^${name.replace(/\/\*\*$|(?<=^|\/)\*\*\/|\*\*|\*|\?/g, (part) => meaning[part] ?? part)}$`);

  const segment = fc.oneof(
    { weight: 2, arbitrary: fc.constant('**') },
    { weight: 3, arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 2 }) },
  );
  const name = fc
    .array(segment, { minLength: 1, maxLength: 3 })
    .map((segments) => read(`file:${segments.join('/')}`).name)
    .filter((text) => text.length <= 6);

  it('exactly where some text matches both, whatever the patterns', () => {
    fc.assert(
      fc.property(name, name, (left, right) => {
        const [one, other] = [expression(left), expression(right)];
        const common = all.find((text) => one.test(text) && other.test(text));
        if (meet(`file:${left}`, `file:${right}`) === (common !== undefined)) return;
        throw new Error(`${left} and ${right}: ${common === undefined ? 'nothing in common' : common}`);
      }),
      { numRuns: 1_000 },
    );
  });

  it('also where both are as long as can be and full of stars', () => {
    const long = (letter: string): string => `file:${'*a*b'.repeat(120)}${letter}`;
    expect(meet(long('x'), long('y'))).toBe(false);
    expect(meet(long('x'), long('*'))).toBe(true);
  });
});
