import { nearestVectors } from '../../../src/domain/memory/nearest-vectors';
import { unitPart, unitVector } from '../../../src/domain/memory/unit-vector';
import { createRandom } from '../../../src/domain/random';
import { vectorBytes, vectorOf } from '../../../src/stores/vector-bytes';

const vectors = (named: Record<string, number[]>): Map<string, Int16Array> =>
  new Map(Object.entries(named).map(([id, parts]) => [id, unitVector(parts)]));

const near = (asked: number[], named: Record<string, number[]>, minSimilarity = 0.3, most = 10): string[] =>
  nearestVectors(unitVector(asked), vectors(named), { minSimilarity, most });

test('the closest come first, whatever their lengths, and what points elsewhere is left out', () => {
  const named = { far: [0.1, 1], close: [10, 1], same: [0.002, 0], opposite: [-1, 0], across: [0, 5] };
  expect(near([3, 0], named)).toEqual(['same', 'close']);
  expect(near([3, 0], named, -1)).toEqual(['same', 'close', 'far', 'across', 'opposite']);
  expect(near([3, 0], named, -1, 2)).toEqual(['same', 'close']);
});

test('those that are as close as each other are in the order of their ids', () => {
  expect(near([1, 0], { b: [2, 0], c: [1, 1], a: [1, 0] })).toEqual(['a', 'b', 'c']);
});

test('vectors of other lengths, and those of nothing, are close to nothing', () => {
  expect(near([1, 0], { longer: [1, 0, 0], nothing: [0, 0], same: [1, 0] })).toEqual(['same']);
  expect(near([0, 0], { same: [1, 0] })).toEqual([]);
});

test('rounding moves a cosine by less than a ten-thousandth', () => {
  const random = createRandom('rounding');
  const parts = (): number[] => Array.from({ length: 1_536 }, () => random() - 0.45);
  for (let nth = 0; nth < 20; nth++) {
    const [left, right] = [parts(), parts()];
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
      Array.from(a).reduce((sum, part, at) => sum + part * (b[at] as number), 0);
    const cosine = dot(left, right) / Math.sqrt(dot(left, left) * dot(right, right));
    expect(Math.abs(dot(unitVector(left), unitVector(right)) / unitPart ** 2 - cosine)).toBeLessThan(1e-4);
  }
});

test('bytes and back', () => {
  const vector = unitVector([0.3, -0.2, 0, 1]);
  expect(vectorOf(vectorBytes(vector))).toEqual(vector);
  expect([...vectorBytes(Int16Array.of(258, -2))]).toEqual([1, 2, 255, 254]);
});
