import fc from 'fast-check';
import { Heap } from '../../../src/domain/routing/heap';

test('a heap gives back what was put in, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.array(fc.integer()), (first, later) => {
      const heap = new Heap([...first], (left, right) => left < right);
      later.forEach((item) => heap.push(item));
      const sorted = [...first, ...later].sort((left, right) => left - right);
      expect(heap.first).toBe(sorted[0]);
      expect(sorted.map(() => heap.pop())).toEqual(sorted);
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
