import fc from 'fast-check';
import { closestName, didYouMean } from '../../../src/domain/did-you-mean';
import { formatDuration, parseDuration } from '../../../src/domain/duration';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['20m', 1_200_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1.5h', 5_400_000],
    ['0s', 0],
    ['0.5ms', 1],
    ['365d', 31_536_000_000],
  ])('%s is %d ms', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  it.each(['', '10', 's', '-1s', '1 s', '1h30m', '1w', '1e3s', '366d', '1.s', ' 1s', '1S', '9'.repeat(400) + 's'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.nat(31_536_000_000), (durationMs) =>
        expect(parseDuration(formatDuration(durationMs))).toBe(durationMs),
      ),
    );
    expect([90_000, 7_200_000, 86_400_000, 1_500, 0].map(formatDuration)).toEqual(['90s', '2h', '1d', '1500ms', '0ms']);
  });
});

describe('what was probably meant', () => {
  it.each([
    ['reserch', 'research'],
    ['promt', 'prompt'],
    ['agnet', 'agent'],
    ['Needs', 'needs'],
    ['x', 'y'],
    ['concurency', 'concurrency'],
  ])('by %s is %s', (name, expected) => {
    expect(closestName(name, ['research', 'prompt', 'agent', 'needs', 'y', 'concurrency'])).toBe(expected);
  });

  it('is nothing where nothing is close', () => {
    expect(closestName('zebra', ['research', 'prompt'])).toBeUndefined();
    expect(closestName('a', [])).toBeUndefined();
    expect(didYouMean('zebra', ['research'])).toBe('');
  });

  it('is the nearest of several, and a name itself where it is known', () => {
    expect(closestName('tasks', ['task', 'masks', 'tasks'])).toBe('tasks');
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (names) => {
        const [name] = names as [string];
        expect(closestName(name, names)?.toLowerCase()).toBe(name.toLowerCase());
      }),
    );
  });
});
