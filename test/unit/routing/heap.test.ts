import fc from 'fast-check';
import { Heap } from '../../../src/domain/routing/heap';
import { IndexedHeap } from '../../../src/domain/routing/indexed-heap';

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

test('an indexed heap stays in order whatever becomes of what its numbers are worth', () => {
  const size = 12;
  const step = fc.oneof(
    fc.record({ do: fc.constant('put' as const), item: fc.nat(size - 1), worth: fc.nat(20) }),
    fc.record({ do: fc.constant('remove' as const), item: fc.nat(size - 1) }),
    fc.record({ do: fc.constant('pop' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const worths = new Map<number, number>();
      const all = Array.from({ length: size }, () => 0);
      const isBefore = (left: number, right: number): boolean =>
        (all[left] ?? 0) < (all[right] ?? 0) || (all[left] === all[right] && left < right);
      const heap = new IndexedHeap(size, isBefore);
      for (const one of steps) {
        const [first] = [...worths.keys()].sort((left, right) => (isBefore(left, right) ? -1 : 1));
        expect(heap.first).toBe(first);
        if (one.do === 'put') {
          all[one.item] = one.worth;
          worths.set(one.item, one.worth);
          heap.put(one.item);
        } else if (one.do === 'remove') {
          worths.delete(one.item);
          heap.remove(one.item);
        } else {
          expect(heap.pop()).toBe(first);
          if (first !== undefined) worths.delete(first);
        }
      }
    }),
  );
});
