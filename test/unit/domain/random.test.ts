import { createRandom } from '../../../src/domain/random';

function draw(count: number, ...key: (string | number)[]): number[] {
  const random = createRandom(...key);
  return Array.from({ length: count }, random);
}

test('the sequence of a key is the one of the published algorithms', () => {
  const integers = draw(3, 'fix-42', 'research', 1).map((value) => value * 2 ** 32);
  expect(integers).toEqual([3564194970, 2183507510, 398959795]);
});

test('equal keys draw the same, other keys something else', () => {
  expect(draw(20, 'a', 'b', 1)).toEqual(draw(20, 'a', 'b', 1));
  const firsts = [
    draw(1, 'a', 'bc'),
    draw(1, 'ab', 'c'),
    draw(1, 'abc'),
    draw(1, 'a', 'bc', 1),
    draw(1, 'a', 'bc', '1'),
  ];
  expect(new Set(firsts.flat()).size).toBe(5);
});

test('first draws of neighbouring keys are uniform', () => {
  const buckets = Array.from({ length: 10 }, () => 0);
  for (let attempt = 0; attempt < 10_000; attempt++) {
    const [value = NaN] = draw(1, 'session', 'task', attempt);
    const bucket = Math.floor(value * 10);
    buckets[bucket] = (buckets[bucket] ?? NaN) + 1;
  }
  // Ten standard deviations of 30 would be out of the question by chance.
  for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});
